/**
 * Drops what runs left on the user's server, and only what is provably ours: a name that only a run gives, owned by the
 * current role, of a run whose lock no session holds.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { parseRun } from "../../database/server.ts";
import { type CleanupResult, removeEach } from "../process/cleanup.ts";
import { LOCK_CLASS } from "./eligibility.ts";

const OWN = `SELECT datname AS name FROM pg_database
WHERE datname LIKE 'plumbline\\_%' AND pg_get_userbyid(datdba) = current_user ORDER BY datname DESC`;

/** Advisory locks of all databases (PostgreSQL manual, 52.12 pg_locks); their numbers are shown unsigned. */
const ACTIVE = `SELECT objid::text AS number FROM pg_locks
WHERE locktype = 'advisory' AND classid = ${LOCK_CLASS} AND objsubid = 2 AND granted`;

const END_OTHERS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = $1 AND usename = current_user AND pid <> pg_backend_pid()`;

const endLimitMs = 10_000;

/** The number of a run's advisory lock, which PostgreSQL takes with a sign. */
export function lockNumber(run: string): number {
  return Number.parseInt(run, 16) | 0;
}

/** The application_name of a run's sessions. */
export function sessionName(run: string): string {
  return `plumbline ${run}`;
}

/** Ends the sessions of a run, so that it creates no more databases, and drops those that it created. */
export async function dropRunDatabases(client: Client, run: string): Promise<CleanupResult> {
  await endSessions(client, run);

  return await dropAll(client, (of) => of === run);
}

/** Drops the databases of runs that are not active. A run takes its lock first, so the locks are read last. */
export async function dropOrphanDatabases(client: Client): Promise<CleanupResult> {
  return await dropAll(client, (run, active) => !active.has(run));
}

async function endSessions(client: Client, run: string): Promise<void> {
  const deadline = Date.now() + endLimitMs;
  for (;;) {
    const { rowCount } = await client.query(END_OTHERS, [sessionName(run)]);
    if (rowCount === 0) return;
    if (Date.now() > deadline) throw new Error(`${rowCount} sessions of the run do not end`);
    await delay(10);
  }
}

/** Drops this role's databases of the selected runs, the latest first. */
async function dropAll(
  client: Client,
  selects: (run: string, active: ReadonlySet<string>) => boolean,
): Promise<CleanupResult> {
  const { rows: found } = await client.query<{ name: string }>(OWN);
  const { rows: locks } = await client.query<{ number: string }>(ACTIVE);
  const active = new Set(locks.map(({ number }) => Number(number).toString(16).padStart(8, "0")));
  const selected = found.flatMap(({ name }) => {
    const run = parseRun(name);

    return run !== undefined && selects(run, active) ? [name] : [];
  });

  return await removeEach("databases", selected, (name) =>
    client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  );
}
