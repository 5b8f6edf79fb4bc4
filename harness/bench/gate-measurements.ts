/**
 * Measures gates on a release, one measurement after the other: concurrent work would be counted too. Gates on the same
 * database follow each other, and nothing is measured twice.
 */
import type { Release } from "../release/release.ts";
import type { BenchmarkDatabases, DatabaseSpec } from "./benchmark-database.ts";
import type { BenchCall, Gate, ReleaseState, StepSequence } from "./gate.ts";
import { measureCall } from "./measure-call.ts";
import { measureQuery } from "./measure-queries.ts";
import { addInnerPlans, measureStepSequence } from "./measure-step-sequence.ts";
import { pinSettings } from "./measuring-session.ts";
import { formatElapsed, formatNumber } from "./number-format.ts";
import type { MeasuredSubject, Measurement } from "./plans/facts.ts";
import { projectDuration, sumSubjects } from "./projection.ts";

/** A size at which step sequences would sleep for longer than this is skipped: it shows nothing more. */
const SLEEP_MAX_MS = 60_000;

const STATES: readonly ReleaseState[] = ["baseline", "schema", "migrated", "controlled"];

export class GateMeasurements {
  readonly #release: Release;
  readonly #databases: BenchmarkDatabases;
  readonly #measured = new Map<string, readonly MeasuredSubject[]>();
  readonly #spentMs = new Map<string, number>();
  readonly #skipped = new Map<string, string>();

  constructor(release: Release, databases: BenchmarkDatabases) {
    this.#release = release;
    this.#databases = databases;
  }

  /**
   * Measures by size and state, so that gates on the same database follow each other.
   * @param around wraps each measurement
   */
  async measureAll(
    gates: readonly Gate[],
    around: (gate: Gate, work: () => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const jobs = gates.flatMap((gate) => gate.data.sizes.map((rows) => ({ gate, rows })));
    const ordered = jobs.toSorted(
      (one, other) =>
        one.rows - other.rows ||
        STATES.indexOf(one.gate.state) - STATES.indexOf(other.gate.state) ||
        Number(one.gate.subjects.kind !== "queries") - Number(other.gate.subjects.kind !== "queries"),
    );
    for (const { gate, rows } of ordered) {
      const began = performance.now();
      await around(gate, async () => await this.#measure(gate, rows));
      this.#spentMs.set(gate.id, this.spentMs(gate) + performance.now() - began);
    }
  }

  /** The measurements of all sizes, by subject. */
  list(gate: Gate): readonly MeasuredSubject[] {
    const found = new Map<string, Measurement[]>();
    const subjects = gate.subjects.kind === "indexes" ? [] : gate.subjects.select(this.#release);
    for (const { name } of subjects) {
      for (const rows of gate.data.sizes) {
        for (const { subject, measurements } of this.#measured.get(createKey(gate, rows, name)) ?? []) {
          found.set(subject, [...(found.get(subject) ?? []), ...measurements]);
        }
      }
    }

    return [...found].map(([subject, measurements]) => ({ subject, measurements }));
  }

  spentMs({ id }: Gate): number {
    return this.#spentMs.get(id) ?? 0;
  }

  /** Why sizes were not measured, a sentence each. */
  listSkipped(gate: Gate): readonly string[] {
    return gate.data.sizes.flatMap((rows) => this.#skipped.get(createKey(gate, rows, "")) ?? []);
  }

  async #measure(gate: Gate, rows: number): Promise<void> {
    const { subjects, state, data: volume } = gate;
    if (subjects.kind === "indexes" || this.#wouldMostlySleep(gate, rows)) return;
    for (const subject of subjects.select(this.#release)) {
      const key = createKey(gate, rows, subject.name);
      const spec: DatabaseSpec = { release: this.#release, volume, state, rows };
      if (!this.#measured.has(key)) this.#measured.set(key, await this.#measureSubject(gate, spec, subject));
    }
  }

  async #measureSubject(
    { subjects, plan }: Gate,
    spec: DatabaseSpec,
    subject: BenchCall | StepSequence,
  ): Promise<readonly MeasuredSubject[]> {
    if ("steps" in subject) return await this.#measureSequence(spec, subject);
    if (subjects.kind === "call") {
      await using database = await this.#databases.fresh(spec);

      return [{ subject: subject.name, measurements: [await measureCall(database, subject, spec.rows, plan)] }];
    }
    await using session = await pinSettings(await (await this.#databases.shared(spec)).connect());

    return [{ subject: subject.name, measurements: [await measureQuery(session, subject, spec.rows, plan)] }];
  }

  /** The plans inside are read at the smallest size only, since a loop reports one for each round. */
  async #measureSequence(spec: DatabaseSpec, sequence: StepSequence): Promise<readonly MeasuredSubject[]> {
    const subjects = await this.#measureCounts(spec, sequence);
    if (spec.rows !== spec.volume.sizes[0]) return subjects;
    await using database = await this.#databases.fresh(spec);

    return await addInnerPlans(database, sequence, subjects);
  }

  async #measureCounts(spec: DatabaseSpec, sequence: StepSequence): Promise<readonly MeasuredSubject[]> {
    await using database = await this.#databases.fresh(spec);
    await using observer = await this.#databases.observer();

    return await measureStepSequence(database, observer, sequence, spec.rows);
  }

  /** As projected from the smaller sizes. */
  #wouldMostlySleep(gate: Gate, rows: number): boolean {
    if (gate.subjects.kind !== "step-sequence") return false;
    const projection = projectDuration(sumSubjects(this.list(gate)), rows);
    if (projection === undefined || projection.sleepMs <= SLEEP_MAX_MS) return false;
    const [likely, sleep] = [formatElapsed(projection.likelyMs), formatElapsed(projection.sleepMs)];
    const reason = `it would take about ${likely}, ${sleep} of them in pg_sleep`;
    this.#skipped.set(createKey(gate, rows, ""), `not measured at ${formatNumber(rows)} rows: ${reason}`);

    return true;
  }
}

function createKey({ state, subjects, data }: Gate, rows: number, name: string): string {
  return [subjects.kind, state, rows, name, ...data.fill(rows, 0), ...data.migrateData(rows)].join("\n");
}
