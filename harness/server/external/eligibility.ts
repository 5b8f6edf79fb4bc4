/**
 * Checks whether Plumbline may work on the user's server (pure): not on one that cannot do what the rules need, nor,
 * without confirmation, on one that others seem to depend on.
 */
import { HarnessError } from "../../errors.ts";
import { majors } from "../process/major-versions.ts";
import type { ExternalFacts } from "./facts.ts";

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
