/**
 * In which order a statement takes its locks, found by observation: another session holds one of them, and while the
 * statement waits for it, what it holds already is read. Nothing is left changed.
 */
import type { Database } from "../database/databases.ts";
import type { Session } from "../database/session.ts";
import { countLockedRows, pidOf, readHolding } from "./held-locks.ts";
import type { Lock } from "./lock-modes.ts";
import type { Moment } from "./lock-order.ts";
import { withoutLockTimeout } from "./lock-timeout.ts";
import { type Relations, readRelations } from "./relations.ts";
import { cancel, seenToWait, start } from "./watch.ts";

/** A statement whose locks are looked for. */
export interface Actor {
  readonly name: string;
  readonly sql: string;
  /** True where it cannot run in a transaction: it is then only stopped before its first lock on a table or row. */
  readonly outside?: boolean;
}

/** What another session holds on a table: each stops the statement at another of its locks, the strongest at its first. */
const OBSTACLES = [
  (table: string) => `LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`,
  (table: string) => `SELECT count(*) FROM (SELECT FROM ${table} FOR NO KEY UPDATE) AS locked`,
  (table: string) => `LOCK TABLE ${table} IN SHARE MODE`,
  (table: string) => `LOCK TABLE ${table} IN ROW EXCLUSIVE MODE`,
];

/**
 * The moments at which the actor waits for a lock on one of the tables and holds others already.
 * @param session who applies things to the database, outside of a transaction
 * @throws HarnessError when it neither waits nor ends
 */
export async function observeMoments(
  database: Database,
  session: Session,
  actor: Actor,
  tables: readonly string[],
): Promise<readonly Moment[]> {
  if (tables.length === 0) {
    return [];
  }
  await using blocker = await database.connect();
  await using observer = await database.connect();
  const scene: Scene = {
    session,
    pid: await pidOf(session),
    blocker,
    observer,
    tables,
    relations: await readRelations(observer),
  };
  const moments = await withoutLockTimeout(session, async () => {
    const found: (Moment | undefined)[] = [];
    for (const table of tables) {
      found.push(...(await momentsAt(scene, actor, table)));
    }
    return found;
  });

  return moments.flatMap((moment) => (moment === undefined || moment.holding.length === 0 ? [] : [moment]));
}

/** Where the actor does not even wait for whoever has the whole table, it takes no lock on it. */
async function momentsAt(
  scene: Scene,
  actor: Actor,
  table: string,
): Promise<readonly (Moment | undefined)[]> {
  const obstacles = actor.outside === true ? OBSTACLES.slice(0, 2) : OBSTACLES;
  const found: (Moment | undefined)[] = [];
  for (const obstacle of obstacles) {
    const moment = await stoppedAt(scene, actor, table, obstacle(table));
    if (moment === undefined && found.length === 0) {
      return [];
    }
    found.push(moment);
  }

  return found;
}

interface Scene {
  readonly session: Session;
  readonly pid: string;
  readonly blocker: Session;
  readonly observer: Session;
  readonly tables: readonly string[];
  readonly relations: Relations;
}

async function stoppedAt(
  scene: Scene,
  { name, sql, outside = false }: Actor,
  table: string,
  obstacle: string,
): Promise<Moment | undefined> {
  const { session, pid, blocker, observer } = scene;
  await blocker.query("BEGIN");
  await blocker.query(obstacle);
  if (!outside) {
    await session.query("BEGIN");
  }
  const running = start(session, sql);
  const waits = await seenToWait(observer, pid, running);
  const moment = waits ? await momentOf(scene, name, table) : undefined;
  await (waits ? cancel(observer, pid, running) : running.outcome);
  if (!outside) {
    await session.query("ROLLBACK");
  }
  await blocker.query("ROLLBACK");

  return moment;
}

async function momentOf(
  { pid, observer, tables, relations }: Scene,
  actor: string,
  at: string,
): Promise<Moment | undefined> {
  const { granted, awaited } = await readHolding(observer, pid, relations);
  if (awaited === undefined || awaited.kind === "transactions") {
    return undefined;
  }
  const rows: Lock[] = [];
  for (const table of tables.filter((one) => one !== at)) {
    if (((await countLockedRows(observer, table)) ?? 0) > 0) {
      rows.push({ table, mode: "FOR NO KEY UPDATE" });
    }
  }
  const wanted: Lock =
    awaited.kind === "table"
      ? { table: awaited.table, mode: awaited.mode }
      : { table: awaited.table ?? at, mode: "FOR NO KEY UPDATE" };

  return { actor, holding: [...granted, ...rows], wanted };
}
