/**
 * Running gates on releases, one measurement after the other: counts of a server that does something else meanwhile would
 * be counts of that too. Measurements of the same database follow each other, and none is made twice.
 */
import { HarnessError, messageOf } from "../errors.ts";
import type { Release } from "../release/release.ts";
import { traceSteps } from "../tracing/trace.ts";
import type { Budget, Threshold, Thresholds } from "./budget.ts";
import type { Measured, Reading } from "./facts.ts";
import type { Gate, Passage, State } from "./gate.ts";
import { judgeRatio, judgeStudy, notesOf, verdictOf } from "./gate-verdict.ts";
import type { Ground, Site } from "./ground.ts";
import { type IndexStudy, tellIndexes } from "./indexes.ts";
import type { TimedComparison } from "./interleave.ts";
import { joined, judge } from "./judge.ts";
import { measureCall } from "./measure-call.ts";
import { measurePassage } from "./measure-passage.ts";
import { measureQuery } from "./measure-queries.ts";
import { measureAgainstRaw, timeOfPlain } from "./measure-raw.ts";
import { pin } from "./pins.ts";
import { project, wholeOf } from "./projection.ts";
import type { GateResult } from "./result.ts";
import { shutOutMs } from "./shut-out.ts";
import { studyIndexes } from "./study-indexes.ts";
import { unitsOf } from "./units.ts";

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
  /** What was measured, by what it was measured of. */
  readonly #readings = new Map<string, readonly Measured[]>();
  readonly #spentMs = new Map<string, number>();
  readonly #studies = new Map<string, IndexStudy | undefined>();

  constructor(release: Release, order: Order) {
    this.#release = release;
    this.#order = order;
  }

  /** Measures by size and state, so that gates on the same database follow each other. */
  async measureAll(gates: readonly Gate[]): Promise<void> {
    const states: readonly State[] = ["baseline", "schema", "migrated", "controlled"];
    const jobs = gates.flatMap((gate) => gate.data.sizes.map((rows) => ({ gate, rows })));
    const ranked = jobs.toSorted(
      (one, other) =>
        one.rows - other.rows ||
        states.indexOf(one.gate.state) - states.indexOf(other.gate.state) ||
        Number(one.gate.subjects.kind !== "queries") - Number(other.gate.subjects.kind !== "queries"),
    );
    for (const { gate, rows } of ranked) {
      this.#order.onGate?.(gate);
      const began = performance.now();
      await this.#named(gate, async () => await this.#measureAt(gate, rows));
      this.#spentMs.set(gate.id, (this.#spentMs.get(gate.id) ?? 0) + performance.now() - began);
    }
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
    const began = performance.now();
    const measured = this.#measuredOf(gate);
    const study = await this.#study(gate);
    const ratio = await this.#ratio(gate, budget);
    const shutOut = await this.#shutOut(gate, measured);
    const multiple = await this.#multiple(gate, measured);
    const projection = gate.subjects.kind === "passage" ? project(wholeOf(measured)) : undefined;
    const judgement = joined([
      judge(gate, budget, measured),
      ...(study === undefined ? [] : [judgeStudy(gate, budget, study)]),
      ...(ratio === undefined ? [] : [judgeRatio(ratio)]),
    ]);

    return {
      id: gate.id,
      rule: gate.rule,
      title: gate.title,
      ...verdictOf(this.#release, gate, judgement, measured.length + (study === undefined ? 0 : 1)),
      budget,
      purpose,
      measured,
      breaches: judgement.breaches,
      notes: [...judgement.doubts, ...notesOf(measured), ...(study === undefined ? [] : tellIndexes(study))],
      ...(study === undefined ? {} : { indexes: study }),
      ...(projection === undefined ? {} : { projection }),
      ...(ratio === undefined ? {} : { ratio }),
      ...(multiple === undefined ? {} : { multiple }),
      ...(shutOut === undefined ? {} : { shutOutMs: shutOut }),
      durationMs: Math.round((this.#spentMs.get(gate.id) ?? 0) + performance.now() - began),
      gate,
    };
  }

  async #measureAt(gate: Gate, rows: number): Promise<void> {
    const { subjects, state, data: volume } = gate;
    const { ground } = this.#order;
    const site: Site = { release: this.#release, volume, state, rows };
    if (subjects.kind === "queries") {
      for (const query of subjects.of(this.#release)) {
        await this.#once(gate, rows, query.name, async () => {
          const session = await pin(await (await ground.shared(site)).connect());
          await using _ = session;

          return [{ subject: query.name, readings: [await measureQuery(session, query, rows)] }];
        });
      }
    } else if (subjects.kind === "call") {
      for (const call of subjects.of(this.#release)) {
        await this.#once(gate, rows, call.name, async () => {
          await using database = await ground.fresh(site);

          return [{ subject: call.name, readings: [await measureCall(database, call, rows)] }];
        });
      }
    } else if (subjects.kind === "passage") {
      for (const passage of subjects.of(this.#release)) {
        await this.#once(gate, rows, passage.name, async () => {
          await using database = await ground.fresh(site);
          await using observer = await ground.observer();

          return await measurePassage(database, observer, passage, rows);
        });
      }
    }
  }

  async #once(
    gate: Gate,
    rows: number,
    name: string,
    measure: () => Promise<readonly Measured[]>,
  ): Promise<void> {
    const key = keyOf(gate, rows, name);
    if (!this.#readings.has(key)) this.#readings.set(key, await measure());
  }

  /** The readings of all sizes, by subject. */
  #measuredOf(gate: Gate): readonly Measured[] {
    const found = new Map<string, Reading[]>();
    for (const name of namesOf(gate, this.#release)) {
      for (const rows of gate.data.sizes) {
        for (const { subject, readings } of this.#readings.get(keyOf(gate, rows, name)) ?? []) {
          found.set(subject, [...(found.get(subject) ?? []), ...readings]);
        }
      }
    }

    return [...found].map(([subject, readings]) => ({ subject, readings }));
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

  async #ratio(gate: Gate, budget: Budget): Promise<TimedComparison | undefined> {
    const { subjects, raw, data: volume, state } = gate;
    const call = subjects.kind === "call" ? subjects.of(this.#release)[0] : undefined;
    if (call === undefined || raw === undefined) return undefined;
    const rows = volume.sizes.at(-2) ?? volume.sizes.at(-1) ?? 0;
    await using database = await this.#order.ground.fresh({ release: this.#release, volume, state, rows });

    return await measureAgainstRaw(database, call, raw, rows, budget.ratioMax);
  }

  /** Of the largest size. */
  async #multiple({ subjects, raw, data: volume, state }: Gate, measured: readonly Measured[]) {
    const last = wholeOf(measured).at(-1);
    if (subjects.kind !== "passage" || raw === undefined || last === undefined) return undefined;
    const site: Site = { release: this.#release, volume, state, rows: last.rows };
    await using database = await this.#order.ground.fresh(site);

    return last.durationMs / (await timeOfPlain(database, raw(0, last.rows)));
  }

  /** The locks of the statements are those of the smallest size, the time that they last that of the largest. */
  async #shutOut(gate: Gate, measured: readonly Measured[]): Promise<number | undefined> {
    const { subjects, data: volume, state, glance } = gate;
    if (subjects.kind !== "passage" || !Object.values(glance).includes("shutOut")) return undefined;
    const rows = volume.sizes[0] ?? 0;
    const steps = subjects.of(this.#release).flatMap((passage: Passage) => passage.steps);
    await using database = await this.#order.ground.fresh({ release: this.#release, volume, state, rows });

    return shutOutMs(unitsOf(steps), measured, await traceSteps(database, steps), rows);
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

function keyOf({ state, subjects, data }: Gate, rows: number, name: string): string {
  return [subjects.kind, state, rows, name, ...data.fill(rows, 0), ...data.settle(rows)].join("\n");
}

function namesOf({ subjects }: Gate, release: Release): readonly string[] {
  return subjects.kind === "indexes" ? [] : subjects.of(release).map(({ name }) => name);
}
