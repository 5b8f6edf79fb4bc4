/**
 * Runs gates on a release: measures all of them first, then decides each, with regard to the known failures.
 */
import { HarnessError, messageOf } from "../errors.ts";
import type { Release } from "../release/release.ts";
import type { BenchmarkDatabases, DatabaseSpec } from "./benchmark-database.ts";
import { measureReferenceRatio } from "./compare-times.ts";
import type { Gate } from "./gate.ts";
import { GateMeasurements } from "./gate-measurements.ts";
import { describeIndexes, type IndexStudy, judgeHotUpdates, judgeUsedIndexes } from "./indexes.ts";
import { type Judgement, judgeMeasurements, mergeJudgements } from "./judge.ts";
import type { Budget, Threshold, Thresholds } from "./load-gates.ts";
import { measureWritersBlocked } from "./measure-step-sequence.ts";
import type { TimedRatio } from "./paired-runs.ts";
import type { MeasuredSubject } from "./plans/facts.ts";
import { isScanCheaper } from "./plans/shape.ts";
import { projectDuration, sumSubjects } from "./projection.ts";
import type { GateResult } from "./result.ts";
import { studyIndexes } from "./study-indexes.ts";

export interface GateRunOptions {
  readonly databases: BenchmarkDatabases;
  readonly thresholds: Thresholds;
  /** A release whose additional indexes are tried on this one. */
  readonly other?: Release | undefined;
  readonly onGate?: (gate: Gate, result?: GateResult) => void;
}

/** The databases that the gates need, each once. */
export function listDatabaseSpecs(releases: readonly Release[], gates: readonly Gate[]): readonly DatabaseSpec[] {
  const specs = releases.flatMap((release) =>
    gates.flatMap(({ data, state }) => data.sizes.map((rows) => ({ release, volume: data, state, rows }))),
  );
  const keyed = specs.map((spec): [string, DatabaseSpec] => [
    `${spec.release.folder}\n${spec.state}\n${spec.rows}`,
    spec,
  ]);

  return [...new Map(keyed).values()];
}

/** Runs the gates on a release, in their order. */
export async function runGates(
  release: Release,
  gates: readonly Gate[],
  { databases, thresholds, other, onGate }: GateRunOptions,
): Promise<readonly GateResult[]> {
  const measurements = new GateMeasurements(release, databases);
  const studies = new Map<string, Promise<IndexStudy | undefined>>();
  const study = async (gate: Gate) => {
    const key = gate.data.sizes.join();
    const found = studies.get(key) ?? studyIndexes(databases, release, gate, other);
    studies.set(key, found);

    return await found;
  };
  const context = { release, databases, measurements, study };
  const results: GateResult[] = [];
  await measurements.measureAll(gates, async (gate, work) => {
    onGate?.(gate);
    await namingErrors(release, gate, work);
  });
  for (const gate of gates) {
    const threshold = thresholds[gate.id];
    if (threshold === undefined) {
      throw new HarnessError(`The gate ${gate.id} has no budget`, "Add it to benchmarks/thresholds.json");
    }
    const result = await namingErrors(release, gate, async () => await decide(gate, threshold, context));
    onGate?.(gate, result);
    results.push(result);
  }

  return results;
}

interface GateContext {
  readonly release: Release;
  readonly databases: BenchmarkDatabases;
  readonly measurements: GateMeasurements;
  /** Gates of the same sizes share one study. */
  readonly study: (gate: Gate) => Promise<IndexStudy | undefined>;
}

async function decide(
  gate: Gate,
  { budget, because: purpose }: Threshold,
  { release, databases, measurements, study }: GateContext,
): Promise<GateResult> {
  const { id, rule, title } = gate;
  const began = performance.now();
  const subjects = measurements.list(gate);
  const indexes = gate.subjects.kind === "indexes" ? await study(gate) : undefined;
  const ratio = await measureReferenceRatio(gate, release, databases, budget.ratioMax);
  const writersBlockedMs = await measureWritersBlocked(gate, release, databases, subjects);
  const judgement = mergeJudgements([
    judgeMeasurements(gate, budget, subjects),
    ...(indexes === undefined ? [] : [judgeIndexes(gate, budget, indexes)]),
    ...(ratio === undefined ? [] : [judgeRatio(ratio)]),
  ]);
  const verdict = decideVerdict(release, gate, judgement, subjects.length + (indexes === undefined ? 0 : 1));

  return {
    ...{ id, rule, title, ...verdict, budget, purpose, subjects, violations: judgement.violations },
    notes: [
      ...judgement.undecided,
      ...measurements.listSkipped(gate).map((note) => `${id}: ${note}`),
      ...collectNotes(subjects),
      ...(indexes === undefined ? [] : describeIndexes(indexes)),
    ],
    indexes,
    projection: gate.subjects.kind === "step-sequence" ? projectDuration(sumSubjects(subjects)) : undefined,
    ...{ ratio, writersBlockedMs, gate },
    durationMs: Math.round(measurements.spentMs(gate) + performance.now() - began),
  };
}

async function namingErrors<Result>({ name }: Release, { id }: Gate, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;

    throw new HarnessError(`${name}, ${id}: ${messageOf(error)}`, error.remedy, error);
  }
}

/**
 * Violated if a limit is exceeded; unknown if nothing was measured or a limit could not be judged.
 * @param subjects how many were measured
 */
function decideVerdict(
  { knownFailures: findings }: Release,
  { id }: Gate,
  { violations, undecided }: Judgement,
  subjects: number,
): Pick<GateResult, "verdict" | "expected" | "because" | "reason"> {
  const finding = findings.find(({ property }) => property === id);
  const because = finding && { because: finding.because };
  if (violations.length > 0) return { verdict: "violated", expected: finding !== undefined, ...because };
  if (subjects === 0 || undecided.length > 0) {
    const reason = undecided[0] ?? "release.json names nothing that this gate measures";

    return { verdict: "unknown", expected: false, reason, ...because };
  }

  return { verdict: "held", expected: finding === undefined, ...because };
}

/** Judges the indexes; a violation is open as long as the release lacks lists whose queries might use the index. */
function judgeIndexes({ subjects }: Gate, budget: Budget, study: IndexStudy): Judgement {
  const judgement =
    subjects.kind === "indexes" && subjects.requirement === "keep-hot-updates"
      ? judgeHotUpdates(study, budget)
      : judgeUsedIndexes(study);
  const [first] = judgement.violations;
  if (study.missingLists.length === 0 || first === undefined) return judgement;

  return {
    violations: [],
    undecided: [`${first.subject}: no query uses it, but the release has no ${study.missingLists.join(", no ")} list`],
  };
}

function judgeRatio({ slower, ratio, interval, slowerThan }: TimedRatio): Judgement {
  const violation = {
    subject: "time",
    expected: `at most ${slowerThan.toFixed(1)} times what the reference statements take`,
    got: `${ratio.toFixed(2)} times (${interval.low.toFixed(2)} to ${interval.high.toFixed(2)})`,
    hint: "Find what it does in addition to its work",
  };

  return { violations: slower ? [violation] : [], undecided: [] };
}

/** What could not be observed, and which plans rightly differ from the expected shape. */
function collectNotes(subjects: readonly MeasuredSubject[]): readonly string[] {
  const withoutInner = subjects.filter(({ measurements }) =>
    measurements.some(
      ({ plan, inner, counts }) => plan !== undefined && inner === undefined && counts.hotShare !== undefined,
    ),
  );
  const scanning = subjects.filter(({ measurements }) => measurements.slice(-1).some(isScanCheaper));

  return [
    ...withoutInner.map(
      ({ subject }) => `${subject}: the plans inside it are unknown, because the server has no auto_explain`,
    ),
    ...scanning.map(({ subject }) => `${subject}: an index could serve it, but a scan of so small a table is cheaper`),
  ];
}
