import { describe, expect, test } from "vitest";
import { gate } from "../bench/gate.ts";
import { parsePlan } from "../bench/plans/explain.ts";
import type { BenchResult, GateResult } from "../bench/result.ts";
import { SAMPLE_PLAN } from "../testing/sample-plan.ts";
import { formatBenchHtml } from "./bench-html.ts";
import { formatBenchJson } from "./bench-json.ts";
import { describePlans } from "./bench-plans.ts";
import { benchAsRun } from "./bench-run.ts";
import { formatBenchSummary } from "./bench-summary.ts";
import { formatBench } from "./bench-terminal.ts";
import { getExitCode } from "./exit-status.ts";

const data = { sizes: [100, 1_000], fill: () => [], migrateData: () => [], bytesPerRow: 1 };
const stated = gate("P1-lookup", "one lookup costs the same at every size", {
  data,
  measure: { kind: "queries", select: () => [] },
  summary: { "buffers of a lookup": "buffers" },
});
const plan = parsePlan(SAMPLE_PLAN);
const measurement = { rows: 1_000, counts: plan.counts, plan, durationMs: 3 };

function result(changed: Partial<GateResult> = {}): GateResult {
  const { id, rule, title } = stated;
  const subjects = [{ subject: "4.2 #1", measurements: [measurement] }];

  return {
    ...{ id, rule, title, subjects, gate: stated, durationMs: 5, verdict: "held", expected: true },
    ...{ budget: { buffersMax: 50 }, purpose: "It is one lookup.", violations: [], notes: [] },
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

const violation = {
  subject: "4.2 #1",
  expected: "at most 4 buffers",
  got: "42 at 1,000 rows",
  hint: "Look",
  measurement,
};
const violated = result({ verdict: "violated", expected: false, violations: [violation] });
const references = { cwd: "/r", options: ["--seed", "42"], selection: [] };
const format = (run: BenchResult, verbose = false) =>
  formatBench(run, { colour: false, width: 80, verbose }, references);

describe("a run of the gates in the terminal", () => {
  test("takes a line for each release and each violated gate, and ends with totals and the command", () => {
    const known = result({ ...violated, expected: true, because: "so it is" });

    expect(format(bench([result({ id: "P1-other" }), known]))).toBe(`! one  2 gates: 1 held, 1 violated (all known)
  P1-lookup  4.2 #1: 42 at 1,000 rows

Summary
                     one
buffers of a lookup   42

one: 1 rule violated, listed as a known failure
2 gates of 1 rule: 1 held, 1 violated (all known)
seed 42, embedded PostgreSQL 18.4, 1.0 s; compared with the accepted figures
details: --verbose
reproduce: npx pg-plumbline bench --seed 42
`);
    expect(getExitCode(benchAsRun(bench([known])))).toBe(0);
  });

  test("shows a new violation in full, with its plan and the command that repeats it", () => {
    const text = format(bench([violated]));

    expect(text).toContain("  P1-lookup  NEW: 4.2 #1: 42 at 1,000 rows");
    expect(text).toContain("VIOLATED: P1-lookup, one\n  gate       P1: one lookup costs the same at every size");
    expect(text).toContain("Sort: 400 rows, 42 buffers, estimate 40 times off, sorted on disk");
    expect(text).toContain("one must not ship: 1 rule violated");
    expect(text).toContain("reproduce: npx pg-plumbline bench --release sql/one --only P1-lookup --seed 42\n");
    expect(getExitCode(benchAsRun(bench([violated])))).toBe(1);
  });

  test("shows counts, limits and known violations with --verbose", () => {
    const known = result({ ...violated, expected: true, because: "so it is", notes: ["a remark"] });
    const text = format(bench([known]), true);

    expect(text).toContain("  P1-lookup  violated, known");
    expect(text).toContain("42 of 50 buffers, 180 B WAL; Seq Scan on organizations");
    expect(text).toContain("  cause      so it is");
    expect(text).toContain("Notes: one\n  a remark");
    expect(text).toContain("pinned: max_parallel_workers_per_gather 0");
  });

  test("shows both shapes side by side if one changed, which fails the run", () => {
    const shapes = { before: ["Index Scan"], after: ["Sort", "  Seq Scan"] };
    const difference = {
      gate: "P1-lookup",
      subject: "4.2 #1",
      kind: "worse",
      message: "another shape",
      shapes,
    } as const;
    const run = bench([], {
      releases: [{ name: "one", folder: "/r/sql/one", gates: [result()], differences: [difference] }],
    });

    expect(format(run)).toContain("✗ one  2 checks: 1 held, 1 violated (1 new)");
    expect(format(run)).toContain("one must not ship: 1 rule violated");
    expect(format(run)).not.toContain("the 1 rule checked held");
    expect(format(run)).toContain(
      "      before         now\n      Index Scan  |  Sort\n                  |    Seq Scan",
    );
    expect(getExitCode(benchAsRun(run))).toBe(1);
  });

  test("shows why a verdict is unknown, and which known failure no longer happens", () => {
    const unknown = result({ verdict: "unknown", expected: false, reason: "this server does not report it" });
    const stale = result({ expected: false, because: "so it was" });

    expect(format(bench([unknown]))).toContain("Unknown: one\n  P1-lookup: this server does not report it");
    expect(format(bench([stale]))).toContain("Known failures that no longer happen: one\n  P1-lookup:");
  });

  test("has lines that fit, and no control character that came from data", () => {
    const hostile = result({
      ...violated,
      notes: ["\u001b[31mred"],
      violations: [{ ...violation, got: "\u001b]0;x" }],
    });
    const widths = format(bench([result()]), true)
      .split("\n")
      .map((line) => line.length);

    expect(format(bench([hostile]), true)).not.toMatch(/\p{Cc}(?<!\n)/u);
    expect(Math.max(...widths)).toBeLessThanOrEqual(80);
  });
});

test("a plan in words says what a scan reads and discards, and marks the node that touches the most", () => {
  expect(describePlans(measurement).join("\n")).toBe(`the statement itself:
  Sort: 400 rows, 42 buffers, estimate 40 times off, sorted on disk
    reads all of organizations and tests (total_credits > 5): 400 rows, 600 rows discarded, 2 times, 42 buffers, estimate 20 times off  <- the most`);
});

test("the summary shows releases side by side, with the ratio of their figures", () => {
  const cheap = result({
    subjects: [{ subject: "4.2 #1", measurements: [{ ...measurement, counts: { buffers: 4 } }] }],
  });
  const release = (name: string, gates: readonly GateResult[]) => ({ name, folder: `/r/${name}`, gates });
  const run = bench([], { releases: [release("one", [cheap]), release("two", [result()])] });

  expect(formatBenchSummary(run)[1]).toMatch(/^buffers of a lookup +4 +42 +×10.5$/);
});

test("the JSON keeps what depends on a clock apart from what repeats", () => {
  const json = (durationMs: number) => {
    const subjects = [{ subject: "s", measurements: [{ ...measurement, durationMs }] }];

    return JSON.stringify(formatBenchJson(bench([result({ subjects })])));
  };

  expect(json(1).replace('"durationMs":1}', '"durationMs":2}')).toBe(json(2));
});

describe("a run of the gates is a page", () => {
  test("with the verbose report, and each gate in full", () => {
    const page = formatBenchHtml(bench([violated]), references);

    expect(page).toContain("<title>Plumbline, the gates: one</title>");
    expect(page).toContain("<h3>P1-lookup: one lookup costs the same at every size</h3>");
    expect(page).toContain("violated, unexpectedly");
    expect(page).toContain("42 at 1,000 rows");
  });

  test("in which markup from data stays text", () => {
    const hostile = { ...violated, violations: [{ ...violation, got: "<script>alert(1)</script>" }] };

    expect(formatBenchHtml(bench([hostile]), references)).not.toContain("<script>");
  });
});
