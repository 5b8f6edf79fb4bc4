import { describe, expect, test } from "vitest";
import { gate } from "../bench/gate.ts";
import { readPlan } from "../bench/plans/explain.ts";
import type { BenchResult, GateResult } from "../bench/result.ts";
import { SAMPLE_PLAN } from "../testing/sample-plan.ts";
import { benchHtmlOf } from "./bench-html.ts";
import { benchJson } from "./bench-json.ts";
import { asRun } from "./bench-run.ts";
import { glanceOf } from "./bench-summary.ts";
import { tellBench } from "./bench-terminal.ts";
import { exitCodeOf } from "./exit-status.ts";

const data = { sizes: [100, 1_000], fill: () => [], settle: () => [], bytesPerRow: 1 };
const stated = gate("P1-lookup", "one lookup costs the same at every size", {
  data,
  measure: { kind: "queries", of: () => [] },
  glance: { "buffers of a lookup": "buffers" },
});
const plan = readPlan(SAMPLE_PLAN);
const reading = { rows: 1_000, counts: plan.counts, plan, durationMs: 3 };

function result(changed: Partial<GateResult> = {}): GateResult {
  const { id, rule, title } = stated;
  const measured = [{ subject: "4.2 #1", readings: [reading] }];

  return {
    ...{ id, rule, title, measured, gate: stated, durationMs: 5, verdict: "held", expected: true },
    ...{ budget: { buffersMax: 50 }, purpose: "It is one lookup.", breaches: [], notes: [] },
    ...changed,
  };
}

function bench(gates: readonly GateResult[], changed: Partial<BenchResult> = {}): BenchResult {
  return {
    plumbline: "0.1.0",
    seed: 42,
    server: { kind: "embedded", version: "18.4" },
    settings: {},
    durationMs: 1_000,
    comparison: "compared with the accepted figures",
    accepting: false,
    releases: [{ name: "one", folder: "/r/sql/one", gates }],
    ...changed,
  };
}

const breach = {
  subject: "4.2 #1",
  expected: "at most 4 buffers",
  got: "42 at 1,000 rows",
  hint: "Look",
  reading,
};
const violated = result({ verdict: "violated", expected: false, breaches: [breach] });
const told = (run: BenchResult) => tellBench(run, { colour: false, width: 80 }, "/r");

describe("a run of the gates is told", () => {
  test("with what it takes to have the gate again, at the same scale", () => {
    const again = (scale?: number) =>
      told(bench([violated], scale === undefined ? {} : { scale })).replaceAll(/\s+/g, " ");

    expect(again()).toContain("Again: npx pg-plumbline bench --release sql/one --only P1-lookup.");
    expect(again(5_000)).toContain("bench --release sql/one --only P1-lookup --scale 5000.");
  });

  test("with a row for each gate: counts beside their limits, and what serves it", () => {
    expect(told(bench([result()]))).toContain("  P1-lookup  held");
    expect(told(bench([result()]))).toContain("42 of 50 buffers, 180 B WAL; Seq Scan on organizations");
  });

  test("with the plan of what is over its budget, and what to look at first", () => {
    const text = told(bench([violated]));

    expect(text).toContain("VIOLATED: P1-lookup\n  promised   P1: one lookup costs the same at every size");
    expect(text).toContain("Sort: 400 rows, 42 buffers, estimate 40 times off, sorted on disk");
    expect(text).toContain("Look first: P1-lookup of sql/one: 4.2 #1: 42 at 1,000 rows.");
    expect(exitCodeOf(asRun(bench([violated])))).toBe(1);
  });

  test("with both shapes beside each other where one changed, which fails the run", () => {
    const shapes = { before: ["Index Scan"], after: ["Sort", "  Seq Scan"] };
    const difference = {
      gate: "P1-lookup",
      subject: "4.2 #1",
      kind: "worse",
      told: "another shape",
      shapes,
    } as const;
    const run = bench([result()], {
      releases: [{ name: "one", folder: "/r/sql/one", gates: [result()], differences: [difference] }],
    });

    expect(told(run)).toContain(
      "      before         now\n      Index Scan  |  Sort\n                  |    Seq Scan",
    );
    expect(exitCodeOf(asRun(run))).toBe(1);
  });

  test("an unknown verdict with its reason, never as a success, and a known violation without failing", () => {
    const unknown = result({ verdict: "unknown", expected: false, reason: "this server does not tell" });
    const known = result({ ...violated, expected: true, because: "so it is" });

    expect(told(bench([unknown]))).toContain("Not decided\n  P1-lookup: this server does not tell");
    expect(exitCodeOf(asRun(bench([known])))).toBe(0);
    expect(told(bench([known]))).toContain("because    so it is");
  });

  test("in lines that fit, and without a control character that came from data", () => {
    const hostile = result({
      ...violated,
      notes: ["\u001b[31mred"],
      breaches: [{ ...breach, got: "\u001b]0;x" }],
    });

    expect(told(bench([hostile]))).not.toMatch(/\p{Cc}(?<!\n)/u);
    expect(
      Math.max(
        ...told(bench([result()]))
          .split("\n")
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
  });
});

test("releases stand beside each other, with how many times one is the other", () => {
  const cheap = result({
    measured: [{ subject: "4.2 #1", readings: [{ ...reading, counts: { buffers: 4 } }] }],
  });
  const release = (name: string, gates: readonly GateResult[]) => ({ name, folder: `/r/${name}`, gates });
  const run = bench([], { releases: [release("one", [cheap]), release("two", [result()])] });

  expect(glanceOf(run)[1]).toMatch(/^buffers of a lookup +4 +42 +×10.5$/);
});

test("the JSON keeps whatever a clock had a part in apart from what holds still", () => {
  const other = (durationMs: number) =>
    JSON.stringify(
      benchJson(bench([result({ measured: [{ subject: "s", readings: [{ ...reading, durationMs }] }] })])),
    );

  expect(other(1).replace('"durationMs":1}', '"durationMs":2}')).toBe(other(2));
});

describe("a run of the gates is a page", () => {
  test("with what the terminal tells, and each gate in full", () => {
    const page = benchHtmlOf(bench([violated]), "/r");

    expect(page).toContain("<title>Plumbline, the gates: one</title>");
    expect(page).toContain("<h3>P1-lookup: one lookup costs the same at every size</h3>");
    expect(page).toContain("violated, which is not expected");
    expect(page).toContain("42 at 1,000 rows");
  });

  test("in which what a query says stays text", () => {
    const hostile = { ...violated, breaches: [{ ...breach, got: "<script>alert(1)</script>" }] };

    expect(benchHtmlOf(bench([hostile]), "/r")).not.toContain("<script>");
  });
});
