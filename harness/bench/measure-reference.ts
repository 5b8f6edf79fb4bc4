/**
 * Times a call or a step sequence in turns with reference statements that do the same work, on one server.
 */
import type { Database } from "../database/database-provider.ts";
import type { Session } from "../database/session.ts";
import type { Step } from "../release/release.ts";
import { executeRequired } from "./execute.ts";
import type { BenchCall, Reference } from "./gate.ts";
import { measureRatio, measureTimedPairs, type TimedRatio, type Work } from "./paired-runs.ts";
import { pinSettings } from "./pinned-planner.ts";
import { DEFAULT_BOUNDS, roundsMin } from "./ratio.ts";

/** @param slowerThan the multiple above which the call is too slow; without it the ratio is not judged */
export async function compareCall(
  database: Database,
  call: BenchCall,
  { sql, rows }: Reference,
  slowerThan = Number.POSITIVE_INFINITY,
): Promise<TimedRatio> {
  const session = await pinSettings(await database.connect());
  const workload = call.workload ?? (() => call.sql);

  return await measureRatio(sendNext(session, workload, rows), sendNext(session, sql, rows), { slowerThan });
}

/**
 * Compares two lists of statements, each turn on a new clone, because a migration cannot be repeated. A clone costs more
 * than the statements, so there are only as many rounds as an alarm takes.
 */
export async function compareStepSequences(
  candidate: SequenceTurn,
  baseline: SequenceTurn,
  slowerThan = Number.POSITIVE_INFINITY,
): Promise<TimedRatio> {
  const { falseAlarmRate } = DEFAULT_BOUNDS;
  const options = { falseAlarmRate, slowerThan, rounds: roundsMin(falseAlarmRate), turns: 1 };

  return await measureTimedPairs(
    async () => await timeTurn(candidate),
    async () => await timeTurn(baseline),
    options,
  );
}

export interface SequenceTurn {
  readonly statements: readonly string[];
  /** A database to which none of the statements was sent yet. */
  readonly clone: () => Promise<Database>;
}

export function listStatements(steps: readonly Step[]): readonly string[] {
  return steps.flatMap(({ statements }) =>
    statements.filter(({ kind }) => kind === "sql").map(({ text }) => text),
  );
}

async function timeTurn({ statements, clone }: SequenceTurn): Promise<number> {
  await using database = await clone();
  const session = await pinSettings(await database.connect());
  const began = performance.now();
  for (const sql of statements) {
    await execute(session, sql);
  }

  return performance.now() - began;
}

/** Sends the next statement of the workload with each call. */
export function sendNext(session: Session, workload: Reference["sql"], rows: number): Work {
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
