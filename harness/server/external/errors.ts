/**
 * Words the errors that prevent a connection to the user's server (pure): the answer of the system, TLS or PostgreSQL,
 * and what to do about it. No message contains a password.
 */
import { HarnessError, messageOf } from "../../errors.ts";
import { redact } from "../../text/redact.ts";
import { explainError, type KnownError } from "../process/server-log.ts";

const PASSWORD = "Put the right password into the address, PGPASSWORD or ~/.pgpass";
const ADDRESS = "Check host and port of the address, and that the server is running and can be reached from here";
const POOLER = "Name the server's own address and port, not those of a pooler such as PgBouncer";
const TRUST = "Name the authority's certificate with sslrootcert=FILE, or use sslmode=require";

/** By SQLSTATE, the system's code or the message; the first that matches applies. */
const KNOWN: readonly KnownError[] = [
  [/^28P01/, "the password was not accepted", PASSWORD],
  [/password must be a (non-empty )?string|no password supplied/, "it requires a password", PASSWORD],
  [
    /^28000.*(no encryption|SSL off)/,
    "it accepts no connection of this role without TLS, or none from here",
    "Add ?sslmode=require to the address, or allow the role in pg_hba.conf",
  ],
  [/^28/, "it does not accept this role", "Check the role in the address, and its entries in pg_hba.conf"],
  [/^3D000/, "the database does not exist", "Name an existing database that is not in use, such as postgres"],
  [
    /^42501.*connect/i,
    "the role may not connect to the database",
    "Name a database that the role may connect to, or grant CONNECT on it",
  ],
  [
    /^53300/,
    "it has no connection left",
    "Raise max_connections of the server or the role's limit, or end other sessions",
  ],
  [/^57P03/, "it is starting up or shutting down", "Try again in a moment"],
  [/unsupported startup parameter|^08P01.*pgbouncer|no such database/i, "it is a pooler", POOLER],
  [
    /does not support SSL/,
    "it has no TLS, and the address requires it",
    "Add ?sslmode=disable to the address, if the network to the server is safe",
  ],
  [/^(ENOTFOUND|EAI_)/, "the host is not known", ADDRESS],
  [/^ECONNREFUSED/, "nothing listens there", ADDRESS],
  [/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)|timeout/, "it does not answer", ADDRESS],
  [/^(ENOENT|EACCES)/, "its socket is missing, or closed to this account", ADDRESS],
  [/CERT|SIGNED|SIGNATURE|ALTNAME/i, "its certificate is not trusted", TRUST],
  [
    /^(ECONNRESET|EPROTO|ERR_SSL)|terminated unexpectedly|establishing an SSL/,
    "it does not answer as PostgreSQL does",
    "Check that PostgreSQL listens there, and its log",
  ],
];

/** The error for a failed connection. @param shown the address, without a password */
export function connectionError(thrown: unknown, shown: string): HarnessError {
  // Of a host with several addresses, each may fail; the first error is enough.
  const first = thrown instanceof AggregateError ? thrown.errors[0] : thrown;
  const code = first instanceof Error && "code" in first ? String(first.code) : "";
  const message = messageOf(first);
  const [what, remedy] = explainError(KNOWN, `${code} ${message}`.trim(), "it does not accept the connection", ADDRESS);

  return new HarnessError(`the external server ${shown}: ${what} (${redact(message || code)})`, remedy, thrown);
}
