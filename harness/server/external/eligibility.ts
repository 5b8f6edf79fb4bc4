/**
 * Checks whether Plumbline may work on the user's server, before anything is created on it: not on one that cannot do what
 * the rules need, nor, without confirmation, on one that others seem to depend on.
 */
import type { Client } from "pg";
import { HarnessError } from "../../errors.ts";
import { majors } from "../process/major-versions.ts";

export interface ExternalFacts {
  readonly version: string;
  readonly role: string;
  readonly mayCreateDatabases: boolean;
  readonly inRecovery: boolean;
  /** Sessions of other programs on the database that the address names. */
  readonly others: number;
  /** Connections that the role may still open. */
  readonly connectionsLeft: number;
  /** lc_messages. */
  readonly messageLocale: string;
  /** The evidence that it is a pooler and not a server, if there is some. */
  readonly pooled?: string;
}

/** The class of the advisory locks that mark the sessions of runs. */
export const LOCK_CLASS = 7306;

/** A session is recognized by its role: most roles cannot see more of other roles' sessions. */
const FACTS = `SELECT split_part(current_setting('server_version'), ' ', 1) AS version, r.rolname AS role,
  r.rolsuper OR r.rolcreatedb AS "mayCreateDatabases", pg_is_in_recovery() AS "inRecovery",
  coalesce(nullif(current_setting('lc_messages'), ''), 'C') AS "messageLocale",
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
  )::int AS "connectionsLeft"
FROM pg_roles AS r WHERE r.rolname = current_user`;

/** @param second another connection to the same address */
export async function readFacts(client: Client, second: Client): Promise<ExternalFacts> {
  const pooled = await findPooling(client, second);
  const { rows } = await client.query<Omit<ExternalFacts, "pooled">>(FACTS);
  const [facts] = rows;
  if (facts === undefined) throw new Error("the role of the session is not in pg_roles");

  return { ...facts, ...(pooled === undefined ? {} : { pooled }) };
}

/**
 * A server reports to each session the pid of its process (PostgreSQL manual, 54.2.1 Start-up, BackendKeyData), and no
 * two sessions share one. A pooler invents the pid, and in transaction mode assigns a process to each transaction.
 */
async function findPooling(client: Client, second: Client): Promise<string | undefined> {
  const [reported, before] = [reportedPid(client), await actualPid(client)];
  await second.query("BEGIN");
  const other = await actualPid(second);
  const after = await actualPid(client);
  await second.query("COMMIT");
  if (before !== after) return `one session was served by two processes, ${before} and ${after}`;
  if (before === other) return `two sessions were served by one process, ${before}`;
  if (reported !== undefined && reported !== before) return `it calls process ${before} by another number`;

  return undefined;
}

/** The pid that pg keeps for cancelling queries. */
function reportedPid(client: Client): number | undefined {
  return (client as { processID?: number | null }).processID ?? undefined;
}

async function actualPid(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");

  return rows[0]?.pid ?? 0;
}

/** What the most demanding rules open at the same time, with some to spare. */
const CONNECTIONS_MIN = 30;

export interface ConnectionRequest {
  /** The address, without a password. */
  readonly shown: string;
  readonly database: string;
  /** The major version that was requested. */
  readonly major?: number | undefined;
  /** True if the user confirms that what looks like production is none. */
  readonly yes: boolean;
}

/** @throws HarnessError with the first reason not to work on the server */
export function checkEligibility(facts: ExternalFacts, request: ConnectionRequest): void {
  for (const check of CHECKS) {
    const found = check(facts, request);
    if (found) throw new HarnessError(`the external server ${request.shown} ${found[0]}`, found[1]);
  }
}

/** Returns what is wrong and the remedy, or false. */
type Check = (facts: ExternalFacts, request: ConnectionRequest) => readonly [string, string] | false;

const CHECKS: readonly Check[] = [
  ({ pooled }) =>
    pooled !== undefined && [
      `is behind a pooler, which does not preserve session state: ${pooled}`,
      "Name the server's own address and port, not those of a pooler such as PgBouncer",
    ],
  ({ inRecovery }) =>
    inRecovery && ["is in recovery: a standby is read-only", "Name a primary server, preferably one for tests alone"],
  ({ version }) =>
    Number.parseInt(version, 10) < majors[0] && [
      `is PostgreSQL ${version}, and Plumbline verifies on ${majors[0]} and later`,
      "Name a newer server",
    ],
  ({ version }, { major }) =>
    major !== undefined &&
    Number.parseInt(version, 10) !== major && [
      `is PostgreSQL ${version}, and --postgres asks for ${major}`,
      "Leave --postgres out, or name a server of that version",
    ],
  ({ mayCreateDatabases, role }) =>
    !mayCreateDatabases && [
      `does not let the role ${role} create databases`,
      `Have an administrator run ALTER ROLE "${role}" CREATEDB, or name another role`,
    ],
  ({ connectionsLeft }) =>
    connectionsLeft < CONNECTIONS_MIN && [
      `has ${Math.max(0, connectionsLeft)} connections left for this role, and ${CONNECTIONS_MIN} are needed`,
      "Raise max_connections or the role's limit, or end other sessions",
    ],
  ({ messageLocale, role }) =>
    !/^(C|POSIX|en)/i.test(messageLocale) && [
      `writes its messages in ${messageLocale}, and the rules read English ones`,
      `Have an administrator run ALTER ROLE "${role}" SET lc_messages = 'C'`,
    ],
  ({ others }, { database, yes }) =>
    others > 0 &&
    !yes && [
      `looks like production: ${others} other session${others === 1 ? " is" : "s are"} connected to the database ${database}`,
      "Name an unused database, or add --yes: only Plumbline's own databases are ever touched",
    ],
];
