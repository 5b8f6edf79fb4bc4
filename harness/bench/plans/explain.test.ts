import { describe, expect, test } from "vitest";
import { HarnessError } from "../../errors.ts";
import { plansInWords } from "../../report/bench-plans.ts";
import { SAMPLE_PLAN } from "../../testing/sample-plan.ts";
import { readPlan } from "./explain.ts";
import type { Reading } from "./facts.ts";
import { plansIn } from "./inner-plans.ts";
import { outlineOf, shapeFaults } from "./shape.ts";

const reading = (text: string): Reading => ({ rows: 1_000, counts: {}, durationMs: 0, plan: readPlan(text) });

describe("a plan is read as facts", () => {
  test("counts are those of the whole plan, rows those of all loops, and the worst estimate is kept", () => {
    const plan = readPlan(SAMPLE_PLAN);

    expect(plan.counts).toMatchObject({
      rows: 400,
      rowsRemoved: 600,
      buffers: 42,
      buffersRead: 2,
      dirtied: 1,
    });
    expect(plan.counts).toMatchObject({ tempBlocks: 9, walRecords: 3, walBytes: 180 });
    expect(plan.counts.qError).toBe(40);
    expect(plan.root).toMatchObject({ type: "Sort", spills: true, children: [{ rows: 400, loops: 2 }] });
  });

  test("how far an estimate of what the server keeps of itself is off says nothing of a release", () => {
    const [{ Plan: plan }] = JSON.parse(SAMPLE_PLAN) as [{ Plan: object }];
    const scan = { "Node Type": "Seq Scan", "Plan Rows": 915, "Actual Rows": 1, "Actual Loops": 1 };
    const catalog = { ...scan, "Relation Name": "pg_collation" };
    const qErrorOf = (root: object) => readPlan(JSON.stringify({ Plan: root })).counts.qError;

    expect(qErrorOf(catalog)).toBe(1);
    expect(qErrorOf({ ...scan, "Relation Name": "organizations" })).toBe(915);
    expect(qErrorOf({ ...catalog, Plans: [plan] })).toBe(915);
    expect(qErrorOf(scan)).toBe(915);
  });

  test("a plan that was only made has no rows and no error of estimate", () => {
    const plan = readPlan('[{"Plan":{"Node Type":"Seq Scan","Relation Name":"t","Plan Rows":5}}]');

    expect(plan.counts.qError).toBe(1);
    expect(plan.counts).toMatchObject({ rows: 0, buffers: 0 });
  });

  test.each(["", "{}", "[]", "null", '[{"Plan":{"Node Type":"Seq Scan"}}]', '[{"Plan":{"Plans":[3]}}]'])(
    "what is no plan is trouble, never a plan without counts: %j",
    (text) => {
      expect(() => readPlan(text)).toThrow(HarnessError);
    },
  );

  test("the plans inside of a function are found among other notices, without that of the call itself", () => {
    const plan = JSON.parse(SAMPLE_PLAN)[0] as object;
    const told = (sql: string) =>
      `duration: 0.012 ms  plan:\n${JSON.stringify({ "Query Text": sql, ...plan }, undefined, 2)}`;
    const notices = ["Processed 100", told("SELECT 1 FROM t"), told("BEGIN;\nSELECT f();\nROLLBACK")].map(
      (message) => ({
        severity: "NOTICE",
        message,
      }),
    );

    expect(plansIn(notices, " SELECT f()").map(({ sql }) => sql)).toEqual(["SELECT 1 FROM t"]);
  });
});

describe("a shape", () => {
  test("is told without numbers, so that two plans that do the same are the same", () => {
    expect(outlineOf(readPlan(SAMPLE_PLAN))).toEqual(["Sort", "  Seq Scan on organizations"]);
    expect(outlineOf(readPlan(SAMPLE_PLAN.replaceAll("400", "7")))).toEqual(outlineOf(readPlan(SAMPLE_PLAN)));
  });

  test("is broken by a node that must not be there and by an index that is not used, wherever they stand", () => {
    const shape = { uses: ["organizations_pkey"], never: ["Seq Scan"] };

    expect(shapeFaults(reading(SAMPLE_PLAN), shape)).toEqual([
      "no plan uses the index organizations_pkey",
      "there is a Seq Scan on organizations",
    ]);
    expect(shapeFaults({ inner: [readPlan(SAMPLE_PLAN)] }, shape)).toHaveLength(2);
    expect(shapeFaults(reading(SAMPLE_PLAN), {})).toEqual([]);
  });

  test("in words says what a scan reads and throws away, and marks the node that touches the most", () => {
    expect(plansInWords(reading(SAMPLE_PLAN)).join("\n")).toBe(`the statement itself:
  Sort: 400 rows, 42 buffers, estimate 40 times off, sorted on disk
    reads all of organizations and tests (total_credits > 5): 400 rows, 600 rows thrown away, 2 times, 42 buffers, estimate 20 times off  <- the most`);
  });
});
