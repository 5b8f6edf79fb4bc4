/**
 * A call or a passage beside plain statements that do the same work, in turns on one server: only their ratio counts.
 */
import type { Database } from "../database/databases.ts";
import type { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import type { Step } from "../release/release.ts";
import type { Call, Plain } from "./gate.ts";
import { measureRatio, measureTurns, type TimedComparison } from "./paired-runs.ts";
import { pin } from "./pinned-planner.ts";
import { roundsMin, USUAL_BOUNDS } from "./ratio.ts";

/** What is in no budget is told and alarms nobody. */
const ANY = Number.POSITIVE_INFINITY;

/**
 * Compares the time of the call with that of the plain statements.
 * @param slowerThan the multiple beyond which the call is too slow; without it the ratio is only told
 */
export async function compareCall(
  database: Database,
  call: Call,
  { sql, rows }: Plain,
  slowerThan = ANY,
): Promise<TimedComparison> {
  const session = await pin(await database.connect());
  const use = call.use ?? (() => call.sql);

  return await measureRatio(sending(session, use, rows), sending(session, sql, rows), { slowerThan });
}

/**
 * Compares the time of two lists of statements, each turn on a clone of its own: what has migrated once cannot do it
 * again. A clone costs more than the statements, so there are no more rounds than an alarm takes.
 */
export async function comparePassages(
  candidate: PassageTurn,
  baseline: PassageTurn,
  slowerThan = ANY,
): Promise<TimedComparison> {
  const { falseAlarmRate } = USUAL_BOUNDS;
  const course = { falseAlarmRate, slowerThan, rounds: roundsMin(falseAlarmRate), turns: 1 };

  return await measureTurns(turnOf(candidate), turnOf(baseline), course);
}

/** Statements, and where they find a database that none was sent to yet. */
export interface PassageTurn {
  readonly statements: readonly string[];
  readonly clone: () => Promise<Database>;
}

/** The statements of steps as they are sent. */
export function statementsOf(steps: readonly Step[]): readonly string[] {
  return steps.flatMap(({ statements }) =>
    statements.filter(({ kind }) => kind === "sql").map(({ text }) => text),
  );
}

function turnOf({ statements, clone }: PassageTurn): () => Promise<number> {
  return async () => {
    await using database = await clone();
    const session = await pin(await database.connect());
    const began = performance.now();
    for (const sql of statements) {
      await succeed(session, sql);
    }

    return performance.now() - began;
  };
}

/** Sends the next statement each time it is called. */
export function sending(session: Session, sqlOf: (index: number, rows: number) => string, rows: number) {
  let index = 0;

  return async () => {
    await succeed(session, sqlOf(index, rows));
    index += 1;
  };
}

async function succeed(session: Session, sql: string): Promise<void> {
  const { refusal } = await session.attempt(sql);
  if (refusal === undefined) return;

  throw new HarnessError(
    `What is timed was refused: ${refusal.message}`,
    "Give the gate a call and a plain statement that succeed as often as they are sent",
  );
}
