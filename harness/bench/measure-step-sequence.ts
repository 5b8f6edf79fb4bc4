/**
 * Measuring whole steps from outside, unit by unit as psql sends them. Another session looks meanwhile, again and again,
 * whether the one that is measured is asleep: that share needs no clock.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Database } from "../database/databases.ts";
import type { Refusal, Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import { describeRefusal } from "../release/apply.ts";
import type { Statement } from "../release/release.ts";
import { pidOf } from "../tracing/held-locks.ts";
import { start } from "../tracing/watch.ts";
import { countsBetween, readCounters } from "./counters.ts";
import type { Passage } from "./gate.ts";
import { pin } from "./pinned-planner.ts";
import type { Measured, Reading } from "./plans/facts.ts";
import { type Unit, unitsOf } from "./units.ts";

/** Often enough to see a sleep of a hundredth of a second, and seldom enough to leave the processor alone. */
const LOOK_EVERY_MS = 5;

/**
 * Applies the steps of a passage to a database that is the caller's to change.
 * @param observer a session on another database of the same server
 * @throws HarnessError when a statement is refused
 */
export async function measurePassage(
  database: Database,
  observer: Session,
  { steps }: Passage,
  rows: number,
): Promise<readonly Measured[]> {
  const session = await pin(await database.connect());
  const pid = await pidOf(session);
  const measured: Measured[] = [];
  for (const unit of unitsOf(steps)) {
    if (unit.measured) {
      const reading = await measureUnit(session, { observer, pid }, unit, rows);
      measured.push({ subject: unit.name, readings: [reading] });
    } else {
      await sendAll(session, unit);
    }
  }

  return measured;
}

interface Watch {
  readonly observer: Session;
  readonly pid: string;
}

async function measureUnit(session: Session, watch: Watch, unit: Unit, rows: number): Promise<Reading> {
  const before = await readCounters(session);
  const began = performance.now();
  const asleep = await sendAll(session, unit, watch);
  const durationMs = performance.now() - began;
  const { hotShare: _, ...counts } = countsBetween(before, await readCounters(session));

  return { rows, counts, durationMs, asleep };
}

/** Sends the statements of a unit, and says which share of the looks found it asleep. */
async function sendAll(session: Session, unit: Unit, watch?: Watch): Promise<number> {
  const looks = { all: 0, asleep: 0 };
  for (const statement of unit.statements) {
    const running = start(session, rowsPassedBy(statement));
    while (watch !== undefined && !running.ended()) {
      await Promise.race([pause(LOOK_EVERY_MS), running.outcome]);
      if (running.ended()) break;
      looks.all += 1;
      looks.asleep += (await isAsleep(watch)) ? 1 : 0;
    }
    const { refusal } = await running.outcome;
    if (refusal !== undefined) throw refused(unit, statement, refusal);
  }

  return looks.all === 0 ? 0 : looks.asleep / looks.all;
}

/**
 * A query's rows are made, sent and passed by: a million of them would be kept in memory for nobody. What SELECT INTO
 * makes is a table, and COPY does not take it.
 */
function rowsPassedBy({ node, text }: Statement): string {
  if (node !== "SelectStmt" || /\bINTO\b/i.test(text)) return text;

  return `COPY (\n${text}\n) TO STDOUT`;
}

async function isAsleep({ observer, pid }: Watch): Promise<boolean> {
  const [row] = await observer.query(
    "SELECT wait_event = 'PgSleep' AS asleep FROM pg_stat_activity WHERE pid = $1",
    [pid],
  );

  return row?.["asleep"] === "t";
}

function refused({ step }: Unit, statement: Statement, refusal: Refusal): HarnessError {
  return new HarnessError(
    `A step to measure was refused: ${describeRefusal({ step, statement, refusal })}`,
    "Mend the statement, and run again",
  );
}
