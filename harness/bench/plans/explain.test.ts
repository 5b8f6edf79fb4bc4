import { describe, expect, test } from "vitest";
import { HarnessError } from "../../errors.ts";
import { SAMPLE_PLAN } from "../../testing/sample-plan.ts";
import { parseAutoExplain } from "../measure-queries.ts";
import { parsePlan } from "./explain.ts";
import type { Measurement } from "./facts.ts";
import { findShapeViolations, formatOutline } from "./shape.ts";

const measurement = (text: string): Measurement => ({
  rows: 1_000,
  counts: {},
  durationMs: 0,
  plan: parsePlan(text),
});

describe("a plan is parsed", () => {
  test("counts are those of the whole plan, rows are summed over loops, and the worst estimate counts", () => {
    const plan = parsePlan(SAMPLE_PLAN);

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

  test("estimates of the system catalogs do not count", () => {
    const [{ Plan: plan }] = JSON.parse(SAMPLE_PLAN) as [{ Plan: object }];
    const scan = { "Node Type": "Seq Scan", "Plan Rows": 915, "Actual Rows": 1, "Actual Loops": 1 };
    const catalog = { ...scan, "Relation Name": "pg_collation" };
    const qError = (root: object) => parsePlan(JSON.stringify({ Plan: root })).counts.qError;

    expect(qError(catalog)).toBe(1);
    expect(qError({ ...scan, "Relation Name": "organizations" })).toBe(915);
    expect(qError({ ...catalog, Plans: [plan] })).toBe(915);
    expect(qError(scan)).toBe(915);
  });

  test("a plan that was not executed has no rows and no estimation error", () => {
    const plan = parsePlan('[{"Plan":{"Node Type":"Seq Scan","Relation Name":"t","Plan Rows":5}}]');

    expect(plan.counts.qError).toBe(1);
    expect(plan.counts).toMatchObject({ rows: 0, buffers: 0 });
  });

  test.each(["", "{}", "[]", "null", '[{"Plan":{"Node Type":"Seq Scan"}}]', '[{"Plan":{"Plans":[3]}}]'])(
    "a text that is no plan is an error, never a plan without counts: %j",
    (text) => {
      expect(() => parsePlan(text)).toThrow(HarnessError);
    },
  );

  test("the plans inside a function are found among other notices, without that of the call itself", () => {
    const plan = JSON.parse(SAMPLE_PLAN)[0] as object;
    const report = (sql: string) =>
      `duration: 0.012 ms  plan:\n${JSON.stringify({ "Query Text": sql, ...plan }, undefined, 2)}`;
    const notices = ["Processed 100", report("SELECT 1 FROM t"), report("BEGIN;\nSELECT f();\nROLLBACK")].map(
      (message) => ({
        severity: "NOTICE",
        message,
      }),
    );

    expect(parseAutoExplain(notices, " SELECT f()").map(({ sql }) => sql)).toEqual(["SELECT 1 FROM t"]);
  });
});

describe("a shape", () => {
  test("has no numbers, so that two plans that do the same are equal", () => {
    expect(formatOutline(parsePlan(SAMPLE_PLAN))).toEqual(["Sort", "  Seq Scan on organizations"]);
    expect(formatOutline(parsePlan(SAMPLE_PLAN.replaceAll("400", "7")))).toEqual(formatOutline(parsePlan(SAMPLE_PLAN)));
  });

  test("is violated by an unwanted node and by an unused index, also inside functions", () => {
    const shape = { uses: ["organizations_pkey"], never: ["Seq Scan"] };

    expect(findShapeViolations(measurement(SAMPLE_PLAN), shape)).toEqual([
      "no plan uses the index organizations_pkey",
      "there is a Seq Scan on organizations",
    ]);
    expect(findShapeViolations({ inner: [parsePlan(SAMPLE_PLAN)] }, shape)).toHaveLength(2);
    expect(findShapeViolations(measurement(SAMPLE_PLAN), {})).toEqual([]);
  });
});
