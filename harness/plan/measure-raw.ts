/**
 * A call beside the plain statements that do the same work, in turns on one database: only their ratio counts.
 */
import type { Database } from "../database/databases.ts";
import type { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import type { Call } from "./gate.ts";
import { measureRatio, type TimedComparison } from "./interleave.ts";
import { pin } from "./pins.ts";

/**
 * Compares the time of the call with that of the plain statements.
 * @param slowerThan the multiple beyond which the call is too slow; without it the ratio is only told
 */
export async function measureAgainstRaw(
  database: Database,
  call: Call,
  raw: (index: number, rows: number) => string,
  rows: number,
  slowerThan = Number.POSITIVE_INFINITY,
): Promise<TimedComparison> {
  const session = await pin(await database.connect());
  const use = call.use ?? (() => call.sql);

  return await measureRatio(sending(session, use, rows), sending(session, raw, rows), { slowerThan });
}

/** How long one plain statement takes, in milliseconds. */
export async function timeOfPlain(database: Database, sql: string): Promise<number> {
  const session = await pin(await database.connect());
  const began = performance.now();
  await sending(session, () => sql, 0)();

  return performance.now() - began;
}

/** Sends the next statement each time it is called. */
export function sending(session: Session, sqlOf: (index: number, rows: number) => string, rows: number) {
  let index = 0;

  return async () => {
    const { refusal } = await session.attempt(sqlOf(index, rows));
    index += 1;
    if (refusal !== undefined) {
      throw new HarnessError(
        `What is timed was refused: ${refusal.message}`,
        "Give the gate a call and a plain statement that succeed as often as they are sent",
      );
    }
  };
}
