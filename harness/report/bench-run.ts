/**
 * Converts a run of the gates to a run of properties, so that both are formatted, counted and turned into an exit code
 * in one way. The accepted figures, the load and another release are one more verdict each (pure).
 */
import type { BenchResult, GateResult, ReleaseBench, ReleaseComparison } from "../bench/result.ts";
import type { PropertyResult, ReleaseResult, RunResult } from "../property/verdict.ts";

/** A gate counts its measurements as cases. */
export function benchAsRun(bench: BenchResult): RunResult {
  const { plumbline, seed, server, durationMs } = bench;
  const releases = bench.releases.map((release) => benchAsRelease(release, bench));

  return { plumbline, seed, server, durationMs, releases };
}

export function benchAsRelease(
  release: ReleaseBench,
  { seed, comparison, accepting, releaseComparison, releases: [first] }: BenchResult,
): ReleaseResult {
  return {
    name: release.name,
    folder: release.folder,
    properties: [
      ...release.gates.map((gate) => gateAsProperty(gate, seed)),
      compareWithAccepted(accepting ? [] : (release.differences ?? []), seed, comparison),
      ...(release.load === undefined ? [] : [checkLoad(release.load, seed)]),
      ...(releaseComparison !== undefined && release === first ? [compareWithOther(releaseComparison, seed)] : []),
    ],
    questions: [],
  };
}

/** Whether the verdict is that of a gate. */
export function isGateResult({ rule }: PropertyResult): boolean {
  return /^P\d/.test(rule);
}

function gateAsProperty(gate: GateResult, seed: number): PropertyResult {
  const { id, title, rule, verdict, expected, durationMs, because, reason, violations } = gate;
  const [violation] = violations;

  return {
    ...{ id, title, rule, verdict, expected, durationMs, seed },
    runs: gate.subjects.reduce((sum, { measurements }) => sum + measurements.length, 0),
    ...(because === undefined ? {} : { because }),
    ...(reason === undefined ? {} : { reason }),
    ...(violation === undefined
      ? {}
      : {
          violation: {
            expected: violation.expected,
            got: abridgeList(violations.map(({ subject, got }) => `${subject}: ${got}`)),
            script: [],
            hint: `${violation.hint}.`,
          },
        }),
  };
}

function compareWithAccepted(
  differences: ReleaseComparison["differences"],
  seed: number,
  comparison: string,
): PropertyResult {
  const title = `no figure is worse than the accepted one: ${comparison}`;

  return decide("baseline", title, seed, listWorse(differences), {
    runs: differences.length,
    expected: "the accepted figures, or better ones",
    hint: "Find out what changed, or accept it with bench --update.",
  });
}

/** Judges the first of two releases: by worse counts, and by time if the test says slower. */
function compareWithOther({ against, differences, timings }: ReleaseComparison, seed: number): PropertyResult {
  const worse = [
    ...timings
      .filter(({ ratio: { slower } }) => slower)
      .map(({ what, ratio: { ratio } }) => `${what}: ${ratio.toFixed(2)} times as long`),
    ...listWorse(differences),
  ];

  return decide("against", `no count is worse than that of ${against}, and nothing is slower`, seed, worse, {
    runs: timings.length + differences.length,
    expected: `the figures of ${against}, or better ones`,
    hint: "Read the comparison: each line that says worse or SLOWER is a reason.",
  });
}

function listWorse(differences: ReleaseComparison["differences"]): readonly string[] {
  return differences
    .filter(({ kind }) => kind === "worse")
    .map(({ gate, subject, message }) => `${gate}, ${subject}: ${message}`);
}

function checkLoad({ broken, lines }: NonNullable<ReleaseBench["load"]>, seed: number): PropertyResult {
  const violations = broken ? [lines.at(-1) ?? ""] : [];

  return decide("load", "the rules hold under load", seed, violations, { runs: 1, expected: "every rule" });
}

function decide(
  id: string,
  title: string,
  seed: number,
  violations: readonly string[],
  { runs, ...details }: { readonly runs: number; readonly expected: string; readonly hint?: string },
): PropertyResult {
  const common = { id, title, rule: id, runs, durationMs: 0, seed };
  if (violations.length === 0) return { ...common, verdict: "held", expected: true };
  const violation = { ...details, got: abridgeList(violations), script: [] };

  return { ...common, verdict: "violated", expected: false, violation };
}

function abridgeList([first = "", ...others]: readonly string[]): string {
  return others.length === 0 ? first : `${first}, and ${others.length} more`;
}
