/**
 * A run of the gates in the form of a run of properties, so that verdicts are told, counted and turned into an exit code
 * in one way. What differs from the baseline is one more verdict.
 */

import type { Breach } from "../plan/judge.ts";
import type { BenchResult, GateResult, ReleaseBench } from "../plan/result.ts";
import type { PropertyResult, ReleaseResult, RunResult, Violation } from "../property/verdict.ts";

export const BASELINE_ID = "baseline";
export const LOAD_ID = "load";

/** The run as one of properties: a gate's cases are its readings. */
export function asRun(bench: BenchResult): RunResult {
  const { plumbline, seed, server, durationMs } = bench;

  return {
    plumbline,
    seed,
    server,
    durationMs,
    releases: bench.releases.map((release) => asRelease(release, bench)),
  };
}

/** One release, with the baseline and the load among its verdicts. */
export function asRelease(release: ReleaseBench, { seed, comparison }: BenchResult): ReleaseResult {
  return {
    name: release.name,
    folder: release.folder,
    properties: [
      ...release.gates.map((gate) => asProperty(gate, seed)),
      againstBaseline(release, seed, comparison),
      ...underLoad(release, seed),
    ],
    questions: [],
  };
}

function asProperty(gate: GateResult, seed: number): PropertyResult {
  const { id, title, rule, verdict, expected, durationMs, because, reason } = gate;

  return {
    id,
    title,
    rule,
    verdict,
    expected,
    runs: gate.measured.reduce((sum, { readings }) => sum + readings.length, 0),
    durationMs,
    seed,
    ...(because === undefined ? {} : { because }),
    ...(reason === undefined ? {} : { reason }),
    ...(gate.breaches.length === 0 ? {} : { violation: violationOf(gate.breaches) }),
  };
}

function violationOf(breaches: readonly Breach[]): Violation {
  const [first] = breaches;
  const others = breaches.length > 1 ? `, and ${breaches.length - 1} more` : "";

  return {
    expected: first?.expected ?? "",
    got: `${first?.subject}: ${first?.got}${others}`,
    script: [],
    ...(first === undefined ? {} : { hint: `${first.hint}.` }),
  };
}

/** Figures that cannot be compared decide nothing: that they were not is told beside them. */
function againstBaseline(
  { differences = [] }: ReleaseBench,
  seed: number,
  comparison: string,
): PropertyResult {
  const worse = differences.filter(({ kind }) => kind === "worse");
  const [first] = worse;
  const common = {
    id: BASELINE_ID,
    title: `no figure is worse than the accepted one: ${comparison}`,
    rule: BASELINE_ID,
    runs: differences.length,
    durationMs: 0,
    seed,
  };
  if (first === undefined) return { ...common, verdict: "held", expected: true };

  return {
    ...common,
    verdict: "violated",
    expected: false,
    violation: {
      expected: "the accepted figures, or better ones",
      got: `${first.gate}, ${first.subject}: ${first.told}${worse.length > 1 ? `, and ${worse.length - 1} more` : ""}`,
      script: [],
      hint: "Find out what changed, or accept it with bench --update.",
    },
  };
}

function underLoad({ load }: ReleaseBench, seed: number): readonly PropertyResult[] {
  if (load === undefined) return [];
  const common = {
    id: LOAD_ID,
    title: "the rules hold under load",
    rule: LOAD_ID,
    runs: 1,
    durationMs: 0,
    seed,
  };
  const violation = { expected: "every rule", got: load.lines.at(-1) ?? "", script: [] };

  return [
    load.broken
      ? { ...common, verdict: "violated", expected: false, violation }
      : { ...common, verdict: "held", expected: true },
  ];
}
