/**
 * Interrupts one statement of a step on a recorded database, and does what psql does then: it sends the next statement,
 * or it ends. The fault trigger is dropped again when this returns; the script of the database has all of it.
 */
import assert from "node:assert";
import type { Session, StatementResult } from "../database/session.ts";
import { Inconclusive } from "../errors.ts";
import type { RecordedDatabase } from "../property/recorded-database.ts";
import type { Statement } from "../release/release.ts";
import { continuesAfter, type FaultKind, type InjectedFault, type StepFault, type WaitPoint } from "./fault.ts";
import {
  ARM_TRIGGER_SQL,
  BARRIER_SQL,
  createTriggerSql,
  DROP_TRIGGER_SQL,
  isTriggered,
  scriptAfterFault,
  scriptBeforeFault,
} from "./fault-script.ts";
import { executeUntilLost, waitForBlocker, waitUntilGone } from "./observe-session.ts";

/**
 * Applies the step up to the interrupted statement, or to its end where psql continues. Afterwards the database has a
 * new session, and a transaction that was open is rolled back.
 * @throws HarnessError where the statement neither reaches the point nor ends
 * @throws Inconclusive where the server's role may not create the trigger: an event trigger takes a superuser
 */
export async function interruptStep(stage: RecordedDatabase, stepFault: StepFault): Promise<InterruptResult> {
  const { step, statement, fault, crash } = stepFault;
  const index = step.statements.indexOf(statement);
  assert(index !== -1 && statement.kind === "sql", "The interrupted statement is one of the step's");
  const { session } = stage;
  const target = {
    session,
    connect: () => stage.database.connect(),
    ...(crash === undefined ? {} : { crash }),
  };

  if (isTriggered(fault.point)) {
    const { error } = await session.tryExecute(createTriggerSql(fault.kind, fault.point));
    if (error !== undefined) {
      throw new Inconclusive(`a statement cannot be interrupted at its injection point: ${error.message}`);
    }
  }
  for (const part of scriptBeforeFault(stepFault, index)) stage.record(part);
  await send(session, step.statements.slice(0, index));
  const result = await interruptStatement(target, statement.text, fault);
  if (continuesAfter(stepFault)) await send(session, step.statements.slice(index + 1));
  await stage.reconnect();
  await stage.session.query(DROP_TRIGGER_SQL);
  for (const part of scriptAfterFault(stepFault, index)) stage.record(part);

  return result;
}

async function send(session: Session, statements: readonly Statement[]): Promise<void> {
  for (const { kind, text } of statements) if (kind === "sql") await session.tryExecute(text);
}

interface InterruptTarget {
  readonly session: Session;
  connect(): Promise<Session>;
  /** Crashes the server and starts it again; needed for faults of that kind only. */
  crash?(): Promise<void>;
}

export interface InterruptResult {
  /** False where the statement ended before the injection point: it was then interrupted after its end. */
  readonly reachedPoint: boolean;
  /** Undefined where the connection was lost before the statement's result arrived. */
  readonly outcome: StatementResult | undefined;
}

const CANCELED = "57014";

/**
 * Sends the statement and interrupts it; the fault trigger that the point needs must exist. After `kill` and `crash` the
 * session is lost and its process gone; after `cancel` it survives.
 * @throws HarnessError when the statement neither reaches the point nor ends
 */
async function interruptStatement(
  target: InterruptTarget,
  sql: string,
  { kind, point }: InjectedFault,
): Promise<InterruptResult> {
  if (kind === "cancel" && point.at !== "wait") {
    // No second session is needed, and what has ended cannot be cancelled.
    return point.at === "after" ? await sendWhole(target, sql) : await sendToTrigger(target, sql);
  }

  await using other = await target.connect();
  const attempt = { target, sql, kind, other };
  const result =
    point.at === "after"
      ? await sendWhole(target, sql)
      : point.at === "wait"
        ? await interruptWaiting(attempt, point)
        : await (kind === "crash" ? crashAtBarrier(attempt) : sendToTrigger(target, sql));
  if (!result.reachedPoint) await signal(attempt);
  if (kind === "kill") await waitUntilGone(other, target.session.pid);

  return result;
}

interface Attempt {
  readonly target: InterruptTarget;
  readonly sql: string;
  readonly kind: FaultKind;
  readonly other: Session;
}

async function sendWhole({ session }: InterruptTarget, sql: string): Promise<InterruptResult> {
  return { reachedPoint: false, outcome: await session.tryExecute(sql) };
}

/** The fault trigger cancels the statement or kills the session from within. */
async function sendToTrigger({ session }: InterruptTarget, sql: string): Promise<InterruptResult> {
  await session.tryExecute(ARM_TRIGGER_SQL);
  const outcome = await executeUntilLost(session, sql);

  return { reachedPoint: outcome === undefined || outcome.error?.code === CANCELED, outcome };
}

/** The fault trigger stops the session at the barrier; then the server crashes. */
async function crashAtBarrier(attempt: Attempt): Promise<InterruptResult> {
  await attempt.other.query(BARRIER_SQL);
  await attempt.target.session.tryExecute(ARM_TRIGGER_SQL);

  return await interruptOnceBlocked(attempt, attempt.other);
}

/** The statement waits for another transaction, and is interrupted from outside. */
async function interruptWaiting(attempt: Attempt, point: WaitPoint): Promise<InterruptResult> {
  await using blocker = await attempt.target.connect();
  const result = (await block(blocker, point))
    ? await interruptOnceBlocked(attempt, blocker)
    : { reachedPoint: false, outcome: await executeUntilLost(attempt.target.session, attempt.sql) };
  // After a crash this session is lost too.
  await executeUntilLost(blocker, "ROLLBACK");

  return result;
}

/** Sends the statement, and interrupts it where it waits for the session `holder`. */
async function interruptOnceBlocked(attempt: Attempt, holder: Session): Promise<InterruptResult> {
  const { target, sql, other } = attempt;
  const sending = executeUntilLost(target.session, sql);
  const reachedPoint = await waitForBlocker(other, target.session, sending, holder);
  if (reachedPoint) await signal(attempt);

  return { reachedPoint, outcome: await sending };
}

/** False where the transaction that is to be interrupted holds the table itself, so no other can write it. */
async function block(blocker: Session, { table, behind }: WaitPoint): Promise<boolean> {
  if (behind === "snapshot") {
    await blocker.query("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class");

    return true;
  }
  await blocker.query("BEGIN");
  const { error } = await blocker.tryExecute(`LOCK TABLE ${table} IN ROW EXCLUSIVE MODE NOWAIT`);

  return error === undefined;
}

/** Cancels, kills or crashes from outside; to cancel an idle session has no effect. */
async function signal({ target: { session, crash }, kind, other }: Attempt): Promise<void> {
  if (kind === "crash") {
    assert(crash !== undefined, "A crash needs a server that can be crashed");
    await crash();
  } else {
    await other.query(`SELECT ${kind === "cancel" ? "pg_cancel_backend" : "pg_terminate_backend"}($1)`, [session.pid]);
  }
}
