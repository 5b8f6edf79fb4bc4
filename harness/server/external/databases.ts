/**
 * Dropping what runs left on a server of the user's own. Only what is provably ours is touched: a name that only a run
 * gives, owned by the very role that asks, and no session anywhere that holds the run's lock.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { runOf } from "../../database/names.ts";
import { messageOf } from "../../errors.ts";
import { LOCK_CLASS } from "./facts.ts";

export interface Dropped {
  readonly names: readonly string[];
  readonly left: readonly { readonly name: string; readonly reason: string }[];
}

const OWN = `SELECT datname AS name FROM pg_database
WHERE datname LIKE 'plumbline\\_%' AND pg_get_userbyid(datdba) = current_user ORDER BY datname DESC`;

/** Advisory locks are seen from every database, whichever they were taken in; a number there has no sign. */
const AT_WORK = `SELECT objid::text AS number FROM pg_locks
WHERE locktype = 'advisory' AND classid = ${LOCK_CLASS} AND objsubid = 2 AND granted`;

const END_OTHERS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = $1 AND usename = current_user AND pid <> pg_backend_pid()`;

const endLimitMs = 10_000;

/** The run as a lock's number: PostgreSQL takes it with a sign. */
export function lockNumber(run: string): number {
  return Number.parseInt(run, 16) | 0;
}

/** What the sessions of a run call themselves. */
export function sessionsOf(run: string): string {
  return `plumbline ${run}`;
}

/** The databases of all runs that this role made, the latest first. */
async function databasesOfRuns(client: Client): Promise<readonly { name: string; run: string }[]> {
  const { rows } = await client.query<{ name: string }>(OWN);

  return rows.flatMap(({ name }) => {
    const run = runOf(name);

    return run === undefined ? [] : [{ name, run }];
  });
}

/** Ends the sessions of a run, so that none makes another database, and drops what it made. */
export async function dropOfRun(client: Client, run: string): Promise<Dropped> {
  await endSessions(client, run);
  const made = await databasesOfRuns(client);

  return await dropAll(
    client,
    made.filter((database) => database.run === run),
  );
}

/** Drops what runs left that are no longer at work. A run holds its lock before it makes anything, so it is asked last. */
export async function dropOrphans(client: Client): Promise<Dropped> {
  const made = await databasesOfRuns(client);
  const atWork = await runsAtWork(client);

  return await dropAll(
    client,
    made.filter(({ run }) => !atWork.has(run)),
  );
}

async function endSessions(client: Client, run: string): Promise<void> {
  const deadline = Date.now() + endLimitMs;
  for (;;) {
    const { rowCount } = await client.query(END_OTHERS, [sessionsOf(run)]);
    if (rowCount === 0) return;
    if (Date.now() > deadline) throw new Error(`${rowCount} sessions of the run do not end`);
    await delay(10);
  }
}

async function dropAll(client: Client, databases: readonly { readonly name: string }[]): Promise<Dropped> {
  const names: string[] = [];
  const left: { name: string; reason: string }[] = [];
  for (const { name } of databases) {
    try {
      await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      names.push(name);
    } catch (thrown) {
      left.push({ name, reason: messageOf(thrown) });
    }
  }

  return { names, left };
}

/** The runs that are at work: each holds its lock as long as it is. */
async function runsAtWork(client: Client): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ number: string }>(AT_WORK);

  return new Set(rows.map(({ number }) => Number(number).toString(16).padStart(8, "0")));
}
