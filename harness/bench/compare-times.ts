/**
 * Compares times in turns on one server: a gate with its reference statements, and a release with another.
 */
import type { Session } from "../database/session.ts";
import type { Release } from "../release/release.ts";
import type { BenchmarkDatabases, DatabaseSpec } from "./benchmark-database.ts";
import type { BenchCall, Gate, Reference } from "./gate.ts";
import { executeRequired, pinSettings } from "./measuring-session.ts";
import { measureRatio, measureTimedPairs, type TimedRatio, type Work } from "./paired-runs.ts";
import { DEFAULT_BOUNDS, roundsMin } from "./ratio.ts";

export interface TimingComparison {
  readonly what: string;
  /** Time of the first release as a multiple of the second's. */
  readonly ratio: TimedRatio;
}

/** Statements, and the database to a new clone of which they are sent. */
interface SequenceTurn {
  readonly spec: DatabaseSpec;
  readonly statements: readonly string[];
}

/**
 * The time of the gate's call or step sequence as a multiple of its reference; undefined if it has none.
 * @param slowerThan the multiple above which it is too slow; without it the ratio is not judged
 */
export async function measureReferenceRatio(
  gate: Gate,
  release: Release,
  databases: BenchmarkDatabases,
  slowerThan = Number.POSITIVE_INFINITY,
): Promise<TimedRatio | undefined> {
  const { reference } = gate;
  if (reference === undefined) return undefined;
  const { rows, sql } = reference;
  const spec = { release, volume: gate.data, state: gate.state, rows };
  const call = findCall(gate, release);
  if (call !== undefined) {
    await using database = await databases.fresh(spec);
    const session = await pinSettings(await database.connect());

    return await measureRatio(sendNext(session, call, rows), sendNext(session, { workload: sql }, rows), {
      slowerThan,
    });
  }
  const candidate = { spec, statements: listStatements(gate, release) };
  const baseline = { spec, statements: [sql(0, rows)] };

  return candidate.statements.length === 0
    ? undefined
    : await compareSequences(databases, candidate, baseline, slowerThan);
}

/** Compares each call that both releases accept, and each step sequence that has a reference. */
export async function compareTimings(
  databases: BenchmarkDatabases,
  [release, against]: readonly [Release, Release],
  gates: readonly Gate[],
): Promise<readonly TimingComparison[]> {
  const timings: TimingComparison[] = [];
  for (const gate of gates) {
    const { subjects, reference, data: volume, state } = gate;
    const call = findCall(gate, release);
    const [sequence] = subjects.kind === "step-sequence" ? subjects.select(release) : [];
    const spec = (which: Release, rows: number) => ({ release: which, volume, state, rows });
    if (call !== undefined && call.refused !== true) {
      const rows = volume.sizes.at(-2) ?? volume.sizes.at(-1) ?? 0;
      const ratio = await compareCalls(databases, call, spec(release, rows), spec(against, rows));
      timings.push({ what: call.name, ratio });
    } else if (sequence !== undefined && reference !== undefined) {
      const turn = (which: Release) => ({ spec: spec(which, reference.rows), statements: listStatements(gate, which) });
      const ratio = await compareSequences(databases, turn(release), turn(against), DEFAULT_BOUNDS.slowerThan);
      timings.push({ what: sequence.name, ratio });
    }
  }

  return timings;
}

async function compareCalls(
  databases: BenchmarkDatabases,
  call: BenchCall,
  candidate: DatabaseSpec,
  baseline: DatabaseSpec,
): Promise<TimedRatio> {
  await using one = await databases.fresh(candidate);
  await using other = await databases.fresh(baseline);
  const [first, second] = [await pinSettings(await one.connect()), await pinSettings(await other.connect())];

  return await measureRatio(sendNext(first, call, candidate.rows), sendNext(second, call, baseline.rows));
}

/**
 * Each turn runs on a new clone, because a migration cannot be repeated. A clone costs more than the statements, so there
 * are only as many rounds as an alarm takes.
 */
async function compareSequences(
  databases: BenchmarkDatabases,
  candidate: SequenceTurn,
  baseline: SequenceTurn,
  slowerThan: number,
): Promise<TimedRatio> {
  const { falseAlarmRate } = DEFAULT_BOUNDS;
  const time = async ({ spec, statements }: SequenceTurn): Promise<number> => {
    await using database = await databases.fresh(spec);
    const session = await pinSettings(await database.connect());
    const began = performance.now();
    for (const sql of statements) await execute(session, sql);

    return performance.now() - began;
  };

  const options = { falseAlarmRate, slowerThan, rounds: roundsMin(falseAlarmRate), turns: 1 };

  return await measureTimedPairs(
    () => time(candidate),
    () => time(baseline),
    options,
  );
}

function findCall({ subjects }: Gate, release: Release): BenchCall | undefined {
  return subjects.kind === "call" ? subjects.select(release)[0] : undefined;
}

function listStatements({ subjects }: Gate, release: Release): readonly string[] {
  const steps = subjects.kind === "step-sequence" ? subjects.select(release).flatMap((sequence) => sequence.steps) : [];

  return steps.flatMap(({ statements }) => statements.filter(({ kind }) => kind === "sql").map(({ text }) => text));
}

function sendNext(
  session: Session,
  { sql = "", workload = () => sql }: { readonly sql?: string; readonly workload?: Reference["sql"] },
  rows: number,
): Work {
  let index = 0;

  return async () => {
    await execute(session, workload(index, rows));
    index += 1;
  };
}

async function execute(session: Session, sql: string): Promise<void> {
  await executeRequired(
    session,
    sql,
    "A timed statement failed",
    "Give the gate a call and a reference that succeed however often they are sent",
  );
}
