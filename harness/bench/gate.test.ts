import { describe, expect, test } from "vitest";
import type { Step } from "../release/release.ts";
import { splitStatements } from "../release/split-statements.ts";
import { gate, listQueries } from "./gate.ts";
import { selectGates } from "./load-gates.ts";
import { groupStatements } from "./measure-step-sequence.ts";

const parse = async (source: string): Promise<Step> => ({
  path: "x.sql",
  file: "/x.sql",
  source,
  statements: await splitStatements(source),
});

describe("what is measured of a step", () => {
  test("are its queries, including those under EXPLAIN, named by their number", async () => {
    const step = await parse(`-- a comment
EXPLAIN (ANALYZE, BUFFERS)
SELECT 1;
\\timing on
UPDATE t SET a = 1;
EXPLAIN ANALYZE VERBOSE SELECT 2; explain select 3; SELECT 4;`);

    expect(listQueries([step])).toEqual([
      { name: "x.sql #1", sql: "SELECT 1" },
      { name: "x.sql #3", sql: "SELECT 2" },
      { name: "x.sql #4", sql: "select 3" },
      { name: "x.sql #5", sql: "SELECT 4" },
    ]);
    expect(listQueries([step], "explained").map(({ sql }) => sql)).toEqual(["SELECT 1", "SELECT 2", "select 3"]);
    expect(listQueries(undefined)).toEqual([]);
  });

  test("are its statements, a transaction as one group, settings not at all", async () => {
    const step = await parse(`SET lock_timeout = '3s'; ALTER TABLE t ADD a int;
BEGIN; SET LOCAL lock_timeout = '1s'; DROP TABLE t; SAVEPOINT s; ROLLBACK TO s; COMMIT; SELECT 1; BEGIN; SELECT 2;`);

    expect(
      groupStatements([step]).map(({ name, statements, measured }) => [name, statements.length, measured]),
    ).toEqual([
      ["x.sql #1", 1, false],
      ["x.sql #2", 1, true],
      ["x.sql #3", 6, true],
      ["x.sql #4", 1, true],
      ["x.sql #5", 2, true],
    ]);
  });
});

test("gates are selected by id or rule, and an unknown word gets a suggestion", () => {
  const data = { sizes: [1], fill: () => [], migrateData: () => [], bytesPerRow: 1 };
  const gates = ["P1-lookup", "P2-consume", "P2-refuse"].map((id) =>
    gate(id, "a test", { data, measure: { kind: "queries", select: () => [] } }),
  );

  expect(selectGates(gates, ["P2", "P1-lookup"])).toEqual(gates);
  expect(selectGates(gates, ["P2-refuse"])).toEqual(gates.slice(2));
  expect(() => selectGates(gates, ["P2-refuze"])).toThrow("did you mean P2-refuse?");
});
