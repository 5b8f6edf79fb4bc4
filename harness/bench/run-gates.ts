/**
 * Running gates on releases: all is measured first, and then each gate is decided.
 */
import { HarnessError, messageOf } from "../errors.ts";
import type { Release } from "../release/release.ts";
import type { Ground, Site } from "./benchmark-database.ts";
import type { Threshold, Thresholds } from "./budget.ts";
import type { Gate } from "./gate.ts";
import { judgeRatio, judgeStudy, notesOf, verdictOf } from "./gate-verdict.ts";
import { type IndexStudy, tellIndexes } from "./indexes.ts";
import { joined, judge } from "./judge.ts";
import { project, wholeOf } from "./projection.ts";
import { Readings } from "./readings.ts";
import type { GateResult } from "./result.ts";
import { studyIndexes } from "./study-indexes.ts";
import { ratioOf, shutOutOf } from "./time-gates.ts";

/** What the gates of a release are run with. */
export interface Order {
  readonly ground: Ground;
  readonly thresholds: Thresholds;
  /** A release whose further indexes are tried on this one. */
  readonly other?: Release;
  readonly onGate?: (gate: Gate, result?: GateResult) => void;
}

/** The templates that the gates will need, each once. */
export function sitesOf(releases: readonly Release[], gates: readonly Gate[]): readonly Site[] {
  const sites = releases.flatMap((release) =>
    gates.flatMap(({ data, state }) => data.sizes.map((rows) => ({ release, volume: data, state, rows }))),
  );
  const keyed = sites.map((site): [string, Site] => [
    `${site.release.folder}\n${site.state}\n${site.rows}`,
    site,
  ]);

  return [...new Map(keyed).values()];
}

/** Runs the gates on a release, in their order. */
export async function runGates(
  release: Release,
  gates: readonly Gate[],
  order: Order,
): Promise<readonly GateResult[]> {
  const run = new Run(release, order);
  await run.measureAll(gates);
  const results: GateResult[] = [];
  for (const gate of gates) {
    results.push(await run.decide(gate));
  }

  return results;
}

class Run {
  readonly #release: Release;
  readonly #order: Order;
  readonly #readings: Readings;
  readonly #studies = new Map<string, IndexStudy | undefined>();

  constructor(release: Release, order: Order) {
    this.#release = release;
    this.#order = order;
    this.#readings = new Readings(release, order.ground);
  }

  async measureAll(gates: readonly Gate[]): Promise<void> {
    await this.#readings.takeAll(gates, async (gate, work) => {
      this.#order.onGate?.(gate);
      await this.#named(gate, work);
    });
  }

  async decide(gate: Gate): Promise<GateResult> {
    const threshold = this.#order.thresholds[gate.id];
    if (threshold === undefined) {
      throw new HarnessError(`The gate ${gate.id} has no budget`, "Add it to benchmarks/thresholds.json");
    }
    const result = await this.#named(gate, async () => await this.#decide(gate, threshold));
    this.#order.onGate?.(gate, result);

    return result;
  }

  async #decide(gate: Gate, { budget, because: purpose }: Threshold): Promise<GateResult> {
    const { ground } = this.#order;
    const began = performance.now();
    const measured = this.#readings.of(gate);
    const study = await this.#study(gate);
    const ratio = await ratioOf(gate, this.#release, ground, budget.ratioMax);
    const shutOut = await shutOutOf(gate, this.#release, ground, measured);
    const projection = gate.subjects.kind === "passage" ? project(wholeOf(measured)) : undefined;
    const judgement = joined([
      judge(gate, budget, measured),
      ...(study === undefined ? [] : [judgeStudy(gate, budget, study)]),
      ...(ratio === undefined ? [] : [judgeRatio(ratio)]),
    ]);
    const notes = [
      ...judgement.doubts,
      ...this.#readings.leftOut(gate).map((note) => `${gate.id}: ${note}`),
      ...notesOf(measured),
      ...(study === undefined ? [] : tellIndexes(study)),
    ];

    return {
      id: gate.id,
      rule: gate.rule,
      title: gate.title,
      ...verdictOf(this.#release, gate, judgement, measured.length + (study === undefined ? 0 : 1)),
      budget,
      purpose,
      measured,
      breaches: judgement.breaches,
      notes,
      ...(study === undefined ? {} : { indexes: study }),
      ...(projection === undefined ? {} : { projection }),
      ...(ratio === undefined ? {} : { ratio }),
      ...(shutOut === undefined ? {} : { shutOutMs: shutOut }),
      durationMs: Math.round(this.#readings.spentMs(gate) + performance.now() - began),
      gate,
    };
  }

  async #study(gate: Gate): Promise<IndexStudy | undefined> {
    if (gate.subjects.kind !== "indexes") return undefined;
    const key = gate.data.sizes.join();
    if (!this.#studies.has(key)) {
      const { ground, other } = this.#order;
      this.#studies.set(key, await studyIndexes(ground, this.#release, gate, other));
    }

    return this.#studies.get(key);
  }

  async #named<Result>(gate: Gate, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;

      throw new HarnessError(`${this.#release.name}, ${gate.id}: ${messageOf(error)}`, error.remedy, error);
    }
  }
}
