/**
 * What is asked of a server of the user's own before anything is made on it: one query, and two looks that a pooler
 * cannot pass.
 */
import type { Client } from "pg";

export interface ExternalFacts {
  readonly version: string;
  readonly role: string;
  readonly mayCreateDatabases: boolean;
  readonly inRecovery: boolean;
  /** Sessions of others on the database that the address names. */
  readonly others: number;
  /** Connections that the role may still open. */
  readonly connectionsLeft: number;
  readonly messagesIn: string;
  /** Why it is no server but a pooler in front of one, where it is. */
  readonly pooled?: string;
}

/** Marks the sessions of runs: a class of advisory locks. */
export const LOCK_CLASS = 7306;

/** A session is told by its role: of other roles' sessions, the rest is hidden from most. */
const FACTS = `SELECT current_setting('server_version') AS version, r.rolname AS role,
  r.rolsuper OR r.rolcreatedb AS may_create, pg_is_in_recovery() AS in_recovery,
  coalesce(nullif(current_setting('lc_messages'), ''), 'C') AS messages_in,
  (SELECT count(*) FROM pg_stat_activity AS a
   WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.usesysid IS NOT NULL
   AND a.application_name !~ '^plumbline( |$)' AND NOT EXISTS (SELECT FROM pg_locks AS l
     WHERE l.pid = a.pid AND l.locktype = 'advisory' AND l.classid = ${LOCK_CLASS}))::int AS others,
  least(
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
      - coalesce(current_setting('reserved_connections', true), '0')::int
      - (SELECT count(*) FROM pg_stat_activity WHERE usesysid IS NOT NULL),
    CASE WHEN r.rolconnlimit < 0 THEN 2147483647
      ELSE r.rolconnlimit - (SELECT count(*) FROM pg_stat_activity WHERE usesysid = r.oid) END
  )::int AS connections_left
FROM pg_roles AS r WHERE r.rolname = current_user`;

interface FactsRow {
  readonly version: string;
  readonly role: string;
  readonly may_create: boolean;
  readonly in_recovery: boolean;
  readonly messages_in: string;
  readonly others: number;
  readonly connections_left: number;
}

/** @param second another connection with the same address; closed by whoever opened it */
export async function readFacts(client: Client, second: Client): Promise<ExternalFacts> {
  const pooled = await poolingSeen(client, second);
  const { rows } = await client.query<FactsRow>(FACTS);
  const [row] = rows;
  if (row === undefined) throw new Error("the role of the session is not in pg_roles");

  return {
    version: row.version.split(" ")[0] ?? "unknown",
    role: row.role,
    mayCreateDatabases: row.may_create,
    inRecovery: row.in_recovery,
    others: row.others,
    connectionsLeft: row.connections_left,
    messagesIn: row.messages_in,
    ...(pooled === undefined ? {} : { pooled }),
  };
}

/**
 * A server tells each session the pid of its own process, and no two sessions share one. A pooler makes up the first,
 * and in transaction mode lends one process to whoever has a transaction.
 */
async function poolingSeen(client: Client, second: Client): Promise<string | undefined> {
  const [told, before] = [toldPid(client), await pidOf(client)];
  await second.query("BEGIN");
  const other = await pidOf(second);
  const after = await pidOf(client);
  await second.query("COMMIT");
  if (before !== after) return `one session was served by two processes, ${before} and ${after}`;
  if (before === other) return `two sessions were served by one process, ${before}`;
  if (told !== undefined && told !== before) return `it calls process ${before} by another number`;

  return undefined;
}

/** The pid that the server told when the connection began; pg keeps it to cancel by. */
function toldPid(client: Client): number | undefined {
  const told: unknown = Reflect.get(client, "processID");

  return typeof told === "number" ? told : undefined;
}

async function pidOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");

  return rows[0]?.pid ?? 0;
}
