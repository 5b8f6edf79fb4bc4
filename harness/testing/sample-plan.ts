/**
 * The output of EXPLAIN of PostgreSQL 18: a sort that went to disk over a filtered scan.
 */
export const SAMPLE_PLAN = JSON.stringify([
  {
    Plan: {
      "Node Type": "Sort",
      "Plan Rows": 10,
      "Actual Rows": 400.0,
      "Actual Loops": 1,
      "Sort Space Type": "Disk",
      "Shared Hit Blocks": 40,
      "Shared Read Blocks": 2,
      "Shared Dirtied Blocks": 1,
      "Temp Read Blocks": 9,
      "Temp Written Blocks": 9,
      "WAL Records": 3,
      "WAL Bytes": 180,
      "A key of a later version": {},
      Plans: [
        {
          "Node Type": "Seq Scan",
          "Relation Name": "organizations",
          Filter: "(total_credits > 5)",
          "Rows Removed by Filter": 300,
          "Plan Rows": 10,
          "Actual Rows": 200.0,
          "Actual Loops": 2,
          "Shared Hit Blocks": 40,
          "Shared Read Blocks": 2,
        },
      ],
    },
  },
]);
