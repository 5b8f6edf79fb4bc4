/**
 * Which servers of the user's own we do not work on (pure): those on which we could not, and, unless he says so, those
 * that look as if others depend on them.
 */
import { HarnessError } from "../../errors.ts";
import { majors } from "../embedded/versions.ts";
import type { ExternalFacts } from "./facts.ts";

/** What the most demanding rules open at the same time, with some to spare. */
const CONNECTIONS_MIN = 30;

export interface Errand {
  /** The address, without a password. */
  readonly shown: string;
  readonly database: string;
  /** The major version that was asked for. */
  readonly major?: number | undefined;
  /** True where the user has said that what looks like production is none. */
  readonly yes: boolean;
}

/** The reason not to work on the server, if there is one. */
export function refusalOf(facts: ExternalFacts, errand: Errand): HarnessError | undefined {
  const found = REASONS.map((reason) => reason(facts, errand)).find((reason) => reason !== undefined);
  if (found === undefined) return undefined;
  const [what, remedy] = found;

  return new HarnessError(`the external server ${errand.shown} ${what}`, remedy);
}

type Reason = (facts: ExternalFacts, errand: Errand) => readonly [string, string] | undefined;

const REASONS: readonly Reason[] = [
  ({ pooled }) =>
    pooled === undefined
      ? undefined
      : [
          `is behind a pooler, where sessions are not what they seem: ${pooled}`,
          "Name the server's own address and port, not those of a pooler such as PgBouncer",
        ],
  ({ inRecovery }) =>
    inRecovery
      ? ["is in recovery: a standby can only be read", "Name a server of its own, best one for tests alone"]
      : undefined,
  ({ version }, { major }) => {
    const own = Number.parseInt(version, 10);
    if (own < majors[0]) {
      return [`is PostgreSQL ${version}, and rules are checked from ${majors[0]} on`, "Name a newer server"];
    }

    return major === undefined || own === major
      ? undefined
      : [
          `is PostgreSQL ${version}, and --postgres asks for ${major}`,
          "Leave --postgres out, or name a server of that version",
        ];
  },
  ({ mayCreateDatabases, role }) =>
    mayCreateDatabases
      ? undefined
      : [
          `does not let the role ${role} create databases`,
          `Have ALTER ROLE "${role}" CREATEDB run by an administrator, or name another role`,
        ],
  ({ connectionsLeft }) =>
    connectionsLeft >= CONNECTIONS_MIN
      ? undefined
      : [
          `has ${Math.max(0, connectionsLeft)} connections left for this role, and ${CONNECTIONS_MIN} are needed`,
          "Raise max_connections or the role's limit, or end other sessions",
        ],
  ({ messagesIn, role }) =>
    /^(C|POSIX|en)/i.test(messagesIn)
      ? undefined
      : [
          `tells its messages in ${messagesIn}, and rules are about English ones`,
          `Have ALTER ROLE "${role}" SET lc_messages = 'C' run by an administrator`,
        ],
  ({ others }, { database, yes }) =>
    others === 0 || yes
      ? undefined
      : [
          `looks like production: ${others} other session${others === 1 ? " is" : "s are"} connected to the database ${database}`,
          "Name a database that nobody uses, or add --yes: only databases of Plumbline's own are ever touched",
        ],
];
