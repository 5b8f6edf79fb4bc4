/**
 * Runs gates on a release: measures all of them first, then decides each.
 */
import { HarnessError, messageOf } from "../errors.ts";
import type { Release } from "../release/release.ts";
import type { BenchmarkDatabases, DatabaseSpec } from "./benchmark-database.ts";
import type { Threshold, Thresholds } from "./budget.ts";
import { measureReferenceRatio } from "./compare-times.ts";
import type { Gate } from "./gate.ts";
import { GateMeasurements } from "./gate-measurements.ts";
import { collectNotes, decideVerdict, judgeIndexes, judgeRatio } from "./gate-verdict.ts";
import { describeIndexes, type IndexStudy } from "./indexes.ts";
import { judgeMeasurements, mergeJudgements } from "./judge.ts";
import { projectDuration, sumSubjects } from "./projection.ts";
import type { GateResult } from "./result.ts";
import { studyIndexes } from "./study-indexes.ts";
import { measureWritersBlocked } from "./writers-blocked.ts";

export interface GateRunOptions {
  readonly databases: BenchmarkDatabases;
  readonly thresholds: Thresholds;
  /** A release whose additional indexes are tried on this one. */
  readonly other?: Release | undefined;
  readonly onGate?: (gate: Gate, result?: GateResult) => void;
}

/** The databases that the gates need, each once. */
export function listDatabaseSpecs(
  releases: readonly Release[],
  gates: readonly Gate[],
): readonly DatabaseSpec[] {
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
  options: GateRunOptions,
): Promise<readonly GateResult[]> {
  const run = new GateRun(release, options);
  await run.measureAll(gates);
  const results: GateResult[] = [];
  for (const gate of gates) {
    results.push(await run.decide(gate));
  }

  return results;
}

class GateRun {
  readonly #release: Release;
  readonly #options: GateRunOptions;
  readonly #measurements: GateMeasurements;
  readonly #studies = new Map<string, IndexStudy | undefined>();

  constructor(release: Release, options: GateRunOptions) {
    this.#release = release;
    this.#options = options;
    this.#measurements = new GateMeasurements(release, options.databases);
  }

  async measureAll(gates: readonly Gate[]): Promise<void> {
    await this.#measurements.measureAll(gates, async (gate, work) => {
      this.#options.onGate?.(gate);
      await this.#namingErrors(gate, work);
    });
  }

  async decide(gate: Gate): Promise<GateResult> {
    const threshold = this.#options.thresholds[gate.id];
    if (threshold === undefined) {
      throw new HarnessError(`The gate ${gate.id} has no budget`, "Add it to benchmarks/thresholds.json");
    }
    const result = await this.#namingErrors(gate, async () => await this.#decide(gate, threshold));
    this.#options.onGate?.(gate, result);

    return result;
  }

  async #decide(gate: Gate, { budget, because: purpose }: Threshold): Promise<GateResult> {
    const { databases } = this.#options;
    const { id, rule, title } = gate;
    const began = performance.now();
    const subjects = this.#measurements.list(gate);
    const indexes = await this.#study(gate);
    const ratio = await measureReferenceRatio(gate, this.#release, databases, budget.ratioMax);
    const writersBlockedMs = await measureWritersBlocked(gate, this.#release, databases, subjects);
    const judgement = mergeJudgements([
      judgeMeasurements(gate, budget, subjects),
      ...(indexes === undefined ? [] : [judgeIndexes(gate, budget, indexes)]),
      ...(ratio === undefined ? [] : [judgeRatio(ratio)]),
    ]);
    const verdict = decideVerdict(
      this.#release,
      gate,
      judgement,
      subjects.length + (indexes === undefined ? 0 : 1),
    );

    return {
      ...{ id, rule, title, ...verdict, budget, purpose, subjects, violations: judgement.violations },
      notes: [
        ...judgement.undecided,
        ...this.#measurements.listSkipped(gate).map((note) => `${id}: ${note}`),
        ...collectNotes(subjects),
        ...(indexes === undefined ? [] : describeIndexes(indexes)),
      ],
      indexes,
      projection: gate.subjects.kind === "step-sequence" ? projectDuration(sumSubjects(subjects)) : undefined,
      ...{ ratio, writersBlockedMs, gate },
      durationMs: Math.round(this.#measurements.spentMs(gate) + performance.now() - began),
    };
  }

  async #study(gate: Gate): Promise<IndexStudy | undefined> {
    if (gate.subjects.kind !== "indexes") return undefined;
    const key = gate.data.sizes.join();
    if (!this.#studies.has(key)) {
      const { databases, other } = this.#options;
      this.#studies.set(key, await studyIndexes(databases, this.#release, gate, other));
    }

    return this.#studies.get(key);
  }

  async #namingErrors<Result>(gate: Gate, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;

      throw new HarnessError(`${this.#release.name}, ${gate.id}: ${messageOf(error)}`, error.remedy, error);
    }
  }
}
