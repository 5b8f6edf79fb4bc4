/**
 * What keeps us from a server of the user's own, said for him (pure): what the system, TLS or PostgreSQL answered, and
 * what he can do about it. No sentence holds a password.
 */
import { HarnessError, messageOf } from "../../errors.ts";
import { masked } from "../../text/redact.ts";

interface Remedy {
  readonly when: RegExp;
  readonly what: string;
  readonly remedy: string;
}

const PASSWORD = "Put the right password into the address, PGPASSWORD or ~/.pgpass";
const ADDRESS =
  "Check host and port of the address, and that the server is running and can be reached from here";
const POOLER = "Name the server's own address and port, not those of a pooler such as PgBouncer";
const TRUST = "Name the authority's certificate with sslrootcert=FILE, or ask for less with sslmode=require";

/** By SQLSTATE, the system's code or the words, in this order: the first that fits is told. */
const REMEDIES: readonly Remedy[] = [
  { when: /^28P01/, what: "the password was not accepted", remedy: PASSWORD },
  {
    when: /password must be a (non-empty )?string|no password supplied/,
    what: "it wants a password",
    remedy: PASSWORD,
  },
  {
    when: /^28000.*(no encryption|SSL off)/,
    what: "it takes no connection of this role without TLS, or none from here",
    remedy: "Add ?sslmode=require to the address, or have the role allowed in pg_hba.conf",
  },
  {
    when: /^28/,
    what: "it does not let this role in",
    remedy: "Check the role in the address, and what pg_hba.conf says of it",
  },
  {
    when: /^3D000/,
    what: "the database is not there",
    remedy: "Name a database that exists and that nobody uses, such as postgres",
  },
  {
    when: /^42501.*connect/i,
    what: "the role may not connect to the database",
    remedy: "Name a database that the role may connect to, or have CONNECT granted",
  },
  {
    when: /^53300/,
    what: "it has no connection left",
    remedy: "Raise max_connections of the server or the role's limit, or end other sessions",
  },
  { when: /^57P03/, what: "it is starting up or going down", remedy: "Try again in a moment" },
  {
    when: /unsupported startup parameter|^08P01.*pgbouncer|no such database/i,
    what: "it is a pooler",
    remedy: POOLER,
  },
  {
    when: /does not support SSL/,
    what: "it has no TLS, and the address asks for it",
    remedy: "Add ?sslmode=disable to the address, if the way to the server is safe",
  },
  { when: /^(ENOTFOUND|EAI_)/, what: "the host is not known", remedy: ADDRESS },
  { when: /^ECONNREFUSED/, what: "nothing listens there", remedy: ADDRESS },
  { when: /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)|timeout/, what: "it does not answer", remedy: ADDRESS },
  { when: /^(ENOENT|EACCES)/, what: "its socket is not there, or closed to this account", remedy: ADDRESS },
  { when: /CERT|SIGNED|SIGNATURE|ALTNAME/i, what: "its certificate is not trusted", remedy: TRUST },
  {
    when: /^(ECONNRESET|EPROTO|ERR_SSL)|terminated unexpectedly|establishing an SSL/,
    what: "it does not answer as PostgreSQL does",
    remedy: "Check that it is PostgreSQL that listens there, and what its log says",
  },
];

/** The error for a connection that did not come about. @param shown the address, without a password */
export function connectionTrouble(thrown: unknown, shown: string): HarnessError {
  const { code, words } = facts(thrown);
  const known = REMEDIES.find(({ when }) => when.test(`${code} ${words}`) || when.test(words));
  const what = known === undefined ? "it does not take the connection" : known.what;

  return new HarnessError(
    `the external server ${shown}: ${what} (${masked(words || code)})`,
    known?.remedy ?? ADDRESS,
    thrown,
  );
}

/** Where a name has several addresses, each may fail for itself; the first tells enough. */
function facts(thrown: unknown): { readonly code: string; readonly words: string } {
  const first = thrown instanceof AggregateError ? thrown.errors[0] : thrown;
  const code = first instanceof Error && "code" in first ? String(first.code) : "";

  return { code, words: messageOf(first) };
}
