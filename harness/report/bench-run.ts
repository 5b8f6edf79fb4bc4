/**
 * A run of the gates in the form of a run of properties, so that verdicts are told, counted and turned into an exit code
 * in one way. What differs from the baseline is one more verdict.
 */

import type { Difference } from "../bench/baseline.ts";
import type { Breach } from "../bench/judge.ts";
import type { BenchResult, Duel, GateResult, ReleaseBench } from "../bench/result.ts";
import type { PropertyResult, ReleaseResult, RunResult, Violation } from "../property/verdict.ts";

const BASELINE_ID = "baseline";
const AGAINST_ID = "against";
const LOAD_ID = "load";

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

/** One release, with the baseline, the load and the release that it is held against among its verdicts. */
export function asRelease(
  release: ReleaseBench,
  { seed, comparison, accepting, duel, releases: [first] }: BenchResult,
): ReleaseResult {
  return {
    name: release.name,
    folder: release.folder,
    properties: [
      ...release.gates.map((gate) => asProperty(gate, seed)),
      againstBaseline(accepting ? [] : release.differences, seed, comparison),
      ...underLoad(release, seed),
      ...(duel !== undefined && release === first ? [againstOther(duel, seed)] : []),
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
  differences: readonly Difference[] | undefined,
  seed: number,
  comparison: string,
): PropertyResult {
  const worse = (differences ?? []).filter(({ kind }) => kind === "worse");
  const [first] = worse;
  const common = {
    id: BASELINE_ID,
    title: `no figure is worse than the accepted one: ${comparison}`,
    rule: BASELINE_ID,
    runs: differences?.length ?? 0,
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

/** The first of two releases is judged: by counts that are worse, and by time where the test says so. */
function againstOther({ against, differences, bouts }: Duel, seed: number): PropertyResult {
  const faults = [
    ...bouts
      .filter(({ ratio: { slower } }) => slower)
      .map(({ what, ratio: { ratio } }) => `${what}: ${ratio.toFixed(2)} times as long`),
    ...differences
      .filter(({ kind }) => kind === "worse")
      .map(({ gate, subject, told }) => `${gate}, ${subject}: ${told}`),
  ];
  const [first] = faults;
  const common = {
    id: AGAINST_ID,
    title: `no count is worse than that of ${against}, and nothing is slower`,
    rule: AGAINST_ID,
    runs: bouts.length + differences.length,
    durationMs: 0,
    seed,
  };
  if (first === undefined) return { ...common, verdict: "held", expected: true };
  const violation = {
    expected: `the figures of ${against}, or better ones`,
    got: `${first}${faults.length > 1 ? `, and ${faults.length - 1} more` : ""}`,
    script: [],
    hint: "Read the list above: each line that says worse or SLOWER is a reason.",
  };

  return { ...common, verdict: "violated", expected: false, violation };
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
