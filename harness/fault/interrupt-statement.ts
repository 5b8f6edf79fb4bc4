/**
 * Striking one statement. What the strike needs on the database is laid before the statement is sent and is not yet
 * armed then, so that statements before it, in the same transaction or not, run as they always do.
 */
import assert from "node:assert";
import type { Outcome, Session } from "../database/session.ts";
import type { Mode, Spot, Strike } from "./fault.ts";
import { ARM_SQL, BRINK_SQL } from "./fault-trigger.ts";
import { pidOf, sendToLose, untilGone, waitsFor } from "./observe-session.ts";

/** Where a strike takes place. */
export interface Scene {
  readonly session: Session;
  /** The pid of the session's process on the server. */
  readonly pid: number;
  /** Another session on the same database. */
  connect(): Promise<Session>;
  /** Crashes the server and starts it again; missing where strikes do not crash. */
  crash?(): Promise<void>;
}

/** What came of a strike. */
export interface Struck {
  /** False where the statement was over before its spot came: it was then struck when it was over. */
  readonly within: boolean;
  /** What came of the statement; undefined where its connection was lost on the way. */
  readonly outcome: Outcome | undefined;
}

/**
 * Sends the statement and strikes it; the trap that the spot needs must be laid already. After `kill` and `crash` the
 * session is dead and its process gone; after `cancel` it lives.
 * @throws HarnessError when the statement neither comes to its spot nor ends
 */
export async function strikeStatement(scene: Scene, sql: string, strike: Strike): Promise<Struck> {
  if (strike.mode === "cancel" && strike.spot.at !== "wait") {
    // Nobody has to look on from outside; and what is over cannot be cancelled any more.
    return strike.spot.at === "after" ? await sendWhole(scene, sql) : await springTrap(scene, sql, "cancel");
  }

  await using other = await scene.connect();
  const struck = await strikeWithin({ scene, sql, mode: strike.mode, other }, strike.spot);
  if (!struck.within) {
    await strikeFromOutside(scene, strike.mode, other);
  }
  if (strike.mode === "kill") {
    await untilGone(other, scene.pid);
  }

  return struck;
}

interface Blow {
  readonly scene: Scene;
  readonly sql: string;
  readonly mode: Mode;
  /** The harness's own session. */
  readonly other: Session;
}

async function strikeWithin(blow: Blow, spot: Spot): Promise<Struck> {
  if (spot.at === "after") {
    return await sendWhole(blow.scene, blow.sql);
  }
  if (spot.at === "wait") {
    return await strikeWaiting(blow, spot);
  }

  return blow.mode === "crash" ? await crashOnBrink(blow) : await springTrap(blow.scene, blow.sql, blow.mode);
}

async function sendWhole({ session }: Scene, sql: string): Promise<Struck> {
  return { within: false, outcome: await session.attempt(sql) };
}

/** The trap strikes the session from within. */
async function springTrap({ session }: Scene, sql: string, mode: Mode): Promise<Struck> {
  await session.attempt(ARM_SQL);
  const outcome = await sendToLose(session, sql);

  return { within: mode === "cancel" ? isCancelled(outcome) : outcome === undefined, outcome };
}

function isCancelled(outcome: Outcome | undefined): boolean {
  return outcome?.refusal?.code === "57014";
}

/** The trap holds the session, which is seen to wait; then the server is crashed. */
async function crashOnBrink({ scene, sql, mode, other }: Blow): Promise<Struck> {
  await other.query(BRINK_SQL);
  const holder = await pidOf(other);
  await scene.session.attempt(ARM_SQL);
  const sending = sendToLose(scene.session, sql);
  const within = await waitsFor(other, scene.pid, holder, sending);
  if (within) {
    await strikeFromOutside(scene, mode, other);
  }

  return { within, outcome: await sending };
}

/** The statement meets a transaction that it must wait for, and is struck from outside. */
async function strikeWaiting(
  { scene, sql, mode, other }: Blow,
  spot: Extract<Spot, { at: "wait" }>,
): Promise<Struck> {
  await using obstacle = await scene.connect();
  const holder = await pidOf(obstacle);
  const stands = await stand(obstacle, spot);
  const sending = sendToLose(scene.session, sql);
  const within = stands && (await waitsFor(other, scene.pid, holder, sending));
  if (within) {
    await strikeFromOutside(scene, mode, other);
  }
  const outcome = await sending;
  // After a crash it is gone, and nobody is left to be told.
  await sendToLose(obstacle, "ROLLBACK");

  return { within, outcome };
}

/** False where the transaction that is to be struck holds the table already: nobody else can write it then. */
async function stand(obstacle: Session, { table, behind }: Extract<Spot, { at: "wait" }>): Promise<boolean> {
  if (behind === "snapshot") {
    await obstacle.query("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class");

    return true;
  }
  await obstacle.query("BEGIN");
  const { refusal } = await obstacle.attempt(`LOCK TABLE ${table} IN ROW EXCLUSIVE MODE NOWAIT`);

  return refusal === undefined;
}

/** A session that is idle takes no harm from being cancelled. */
async function strikeFromOutside({ pid, crash }: Scene, mode: Mode, other: Session): Promise<void> {
  if (mode === "crash") {
    assert(crash !== undefined, "A crash needs a server that can be crashed");
    await crash();
  } else {
    await other.query(`SELECT ${mode === "cancel" ? "pg_cancel_backend" : "pg_terminate_backend"}($1)`, [
      pid,
    ]);
  }
}
