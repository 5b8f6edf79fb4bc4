/**
 * Measuring gates on a release, one measurement after the other: counts of a server that does something else meanwhile
 * would be counts of that too. Measurements of the same database follow each other, and none is made twice.
 */
import type { Release } from "../release/release.ts";
import type { Ground, Site } from "./benchmark-database.ts";
import type { Gate, Passage, State, Subjects } from "./gate.ts";
import { measureCall } from "./measure-call.ts";
import { measureQuery } from "./measure-queries.ts";
import { measurePassage } from "./measure-step-sequence.ts";
import { pin } from "./pinned-planner.ts";
import type { Measured, Reading } from "./plans/facts.ts";
import { project, wholeOf } from "./projection.ts";
import { minutesOf, numberOf } from "./statement-lookup.ts";
import { withPlansInside } from "./step-sequence-plans.ts";

/** A size at which a passage would only sleep for longer teaches nothing that the smaller ones do not. */
const ASLEEP_MAX_MS = 60_000;

const STATES: readonly State[] = ["baseline", "schema", "migrated", "controlled"];

export class Readings {
  readonly #release: Release;
  readonly #ground: Ground;
  /** What was measured, by what it was measured of. */
  readonly #readings = new Map<string, readonly Measured[]>();
  readonly #spentMs = new Map<string, number>();
  readonly #leftOut = new Map<string, string>();

  constructor(release: Release, ground: Ground) {
    this.#release = release;
    this.#ground = ground;
  }

  /** Measures by size and state, so that gates on the same database follow each other. */
  async takeAll(
    gates: readonly Gate[],
    around: (gate: Gate, work: () => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const jobs = gates.flatMap((gate) => gate.data.sizes.map((rows) => ({ gate, rows })));
    const ranked = jobs.toSorted(
      (one, other) =>
        one.rows - other.rows ||
        STATES.indexOf(one.gate.state) - STATES.indexOf(other.gate.state) ||
        Number(one.gate.subjects.kind !== "queries") - Number(other.gate.subjects.kind !== "queries"),
    );
    for (const { gate, rows } of ranked) {
      const began = performance.now();
      await around(gate, async () => await this.#takeAt(gate, rows));
      this.#spentMs.set(gate.id, this.spentMs(gate) + performance.now() - began);
    }
  }

  /** The readings of all sizes, by subject. */
  of(gate: Gate): readonly Measured[] {
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

  spentMs({ id }: Gate): number {
    return this.#spentMs.get(id) ?? 0;
  }

  /** Why a size was not measured, a sentence each. */
  leftOut(gate: Gate): readonly string[] {
    return gate.data.sizes.flatMap((rows) => this.#leftOut.get(keyOf(gate, rows, "")) ?? []);
  }

  async #takeAt(gate: Gate, rows: number): Promise<void> {
    const { subjects, state, data: volume, plan } = gate;
    const site: Site = { release: this.#release, volume, state, rows };
    const once = async (name: string, measure: () => Promise<readonly Measured[]>): Promise<void> => {
      const key = keyOf(gate, rows, name);
      if (!this.#readings.has(key)) this.#readings.set(key, await measure());
    };
    if (subjects.kind === "queries") {
      for (const query of subjects.of(this.#release)) {
        await once(query.name, async () => {
          await using session = await pin(await (await this.#ground.shared(site)).connect());

          return [{ subject: query.name, readings: [await measureQuery(session, query, rows, plan)] }];
        });
      }
    } else if (subjects.kind === "call") {
      for (const call of subjects.of(this.#release)) {
        await once(call.name, async () => {
          await using database = await this.#ground.fresh(site);

          return [{ subject: call.name, readings: [await measureCall(database, call, rows, plan)] }];
        });
      }
    } else if (subjects.kind === "passage" && !this.#wouldOnlySleep(gate, rows)) {
      for (const passage of subjects.of(this.#release)) {
        await once(passage.name, async () => {
          const measured = await this.#measurePassage(site, passage);
          if (rows !== volume.sizes[0]) return measured;
          await using database = await this.#ground.fresh(site);

          return await withPlansInside(database, passage, measured);
        });
      }
    }
  }

  async #measurePassage(site: Site, passage: Passage): Promise<readonly Measured[]> {
    await using database = await this.#ground.fresh(site);
    await using observer = await this.#ground.observer();

    return await measurePassage(database, observer, passage, site.rows);
  }

  /** By what was measured at the sizes before. */
  #wouldOnlySleep(gate: Gate, rows: number): boolean {
    const projection = project(wholeOf(this.of(gate)), rows);
    if (projection === undefined || projection.asleepMs <= ASLEEP_MAX_MS) return false;
    const { asleepMs, likelyMs } = projection;
    this.#leftOut.set(
      keyOf(gate, rows, ""),
      `not measured at ${numberOf(rows)} rows: it would take about ${minutesOf(likelyMs)}, and sleep for ${minutesOf(asleepMs)} of them`,
    );

    return true;
  }
}

function keyOf({ state, subjects, data }: Gate, rows: number, name: string): string {
  return [subjects.kind, state, rows, name, ...data.fill(rows, 0), ...data.settle(rows)].join("\n");
}

function namesOf({ subjects }: { readonly subjects: Subjects }, release: Release): readonly string[] {
  return subjects.kind === "indexes" ? [] : subjects.of(release).map(({ name }) => name);
}
