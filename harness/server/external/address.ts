/**
 * Parses the address of the user's server (pure, except that `pg` reads certificates and PG* variables). It means what it
 * means to psql, TLS included; parameters that would make sessions differ from those on other servers are left out.
 */
import { Client, type ClientConfig } from "pg";
import { HarnessError, messageOf } from "../../errors.ts";
import { redact } from "../../text/redact.ts";

export interface ExternalAddress {
  /** The database in the address: others are created and dropped from there. */
  readonly database: string;
  /** The address without its password and parameters. */
  readonly shown: string;
  /** True if TLS is used only if the server has it. */
  readonly prefersTls: boolean;
  /** @throws HarnessError if a certificate that it names cannot be read */
  connection(database: string, plain?: boolean): ClientConfig;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The parameters to keep; the others are for other clients, or set by Plumbline. */
const PARAMETERS = "host port user password options ssl sslmode sslcert sslkey sslrootcert sslnegotiation".split(" ");

/** Parameters of TLS, and the variables from which psql takes them. */
const TLS_VARIABLES: Readonly<Record<string, string>> = {
  sslmode: "PGSSLMODE",
  sslcert: "PGSSLCERT",
  sslkey: "PGSSLKEY",
  sslrootcert: "PGSSLROOTCERT",
};

/** Settings of every session, since a role or a database may have its own. */
const SETTINGS: Readonly<Record<string, string>> = {
  TimeZone: "UTC",
  DateStyle: "ISO",
  IntervalStyle: "postgres",
  search_path: '"$user",public',
  client_min_messages: "notice",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  default_transaction_isolation: "read\\ committed",
  default_transaction_read_only: "off",
  synchronous_commit: "off",
  jit: "off",
};

const connectLimitMs = 8_000;

export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//i.test(text);
}

/** The address that `name` stands for. @throws HarnessError if it is `external` and no address is set */
export function resolveAddress(name: string, env: NodeJS.ProcessEnv = process.env): string {
  if (isPostgresUrl(name)) return name;
  const { DATABASE_URL: url, PGHOST: host } = env;
  if (url !== undefined && url !== "") return url;
  // The PG* variables complete an empty address.
  if (host !== undefined && host !== "") return "postgres://";

  throw new HarnessError(
    "--server external takes its address from DATABASE_URL, which is not set",
    "Set DATABASE_URL to postgres://role:password@host:5432/database, or name the address with --server",
  );
}

/**
 * Reads `postgres://…`.
 * @param session the application_name of the sessions
 * @throws HarnessError, without the address, if it has another form
 */
export function parseServerAddress(text: string, env: Environment, session = "plumbline"): ExternalAddress {
  const { url, dummy } = parsed(text);
  const database = decodeURIComponent(url.pathname.slice(1)) || env["PGDATABASE"] || "postgres";
  const given = withTls(url.searchParams, env);
  const host = given.get("host") ?? (url.hostname || env["PGHOST"] || "localhost");
  const isSocket = decodeURIComponent(host).startsWith("/");
  const mode = given.get("sslmode");
  const prefersTls = mode === "prefer" || (mode === null && !given.has("ssl") && !isSocket);

  return {
    database,
    shown: redact(text).replace(/\?.*$/s, ""),
    prefersTls,
    connection: (name, plain = false) => {
      const params = new URLSearchParams(given);
      const tls = plain || isSocket ? "disable" : prefersTls ? "prefer" : mode;
      if (tls !== null) params.set("sslmode", tls);
      // As psql understands the modes; `no-verify` is pg's own.
      if (tls !== null && tls !== "no-verify") params.set("uselibpqcompat", "true");
      const whole = new URL(url);
      whole.search = params.toString();
      const href = dummy ? whole.href.replace("@placeholder", "@") : whole.href;
      const options = given.get("options") ?? "";

      return { ...resolve(href, options), database: name, application_name: session };
    },
  };
}

function parsed(text: string): { readonly url: URL; readonly dummy: boolean } {
  // A role without a host: invalid as a standard URL, valid in PostgreSQL.
  const dummy = text.includes("@/");
  try {
    if (!isPostgresUrl(text)) throw new Error("it is no address of PostgreSQL");
    const url = new URL(dummy ? text.replace("@/", "@placeholder/") : text);
    if (url.hostname.includes(",")) throw new Error("it names several hosts");
    decodeURIComponent(`${url.username}${url.password}${url.pathname}`);

    return { url, dummy };
  } catch (thrown) {
    const reason = messageOf(thrown).includes("several") ? "it names several hosts" : "it is no URL";

    // Without the cause: it contains the address, and so the password.
    throw new HarnessError(
      `the address of the external server cannot be read: ${reason}`,
      "Write it as postgres://role:password@host:5432/database, and escape characters of the password, such as # as %23",
    );
  }
}

function withTls(params: URLSearchParams, env: Environment): URLSearchParams {
  const kept = new URLSearchParams([...params].filter(([name]) => PARAMETERS.includes(name)));
  for (const [name, variable] of Object.entries(TLS_VARIABLES)) {
    const value = env[variable];
    if (value && !kept.has(name) && !kept.has("ssl")) kept.set(name, value);
  }
  // To psql this means the authorities that the system trusts, as Node does by default.
  if (kept.get("sslrootcert") === "system") {
    kept.delete("sslrootcert");
    kept.set("sslmode", "verify-full");
  }
  if (kept.get("sslmode") === "allow") kept.set("sslmode", "prefer");

  return kept;
}

/** Lets pg resolve the address, with its variables and certificates. */
function resolve(connectionString: string, options: string): ClientConfig {
  try {
    const { host, port, user, password, ssl } = new Client({ connectionString });

    return {
      host,
      port,
      ...(user === undefined ? {} : { user }),
      ...(typeof password === "string" ? { password } : {}),
      ssl,
      options: [options, ...Object.entries(SETTINGS).map(([name, value]) => `-c ${name}=${value}`)].join(" ").trim(),
      connectionTimeoutMillis: connectLimitMs,
    };
  } catch (thrown) {
    throw new HarnessError(
      `the TLS settings of the external server's address cannot be used: ${messageOf(thrown)}`,
      "Fix sslmode, sslrootcert, sslcert and sslkey in the address, or the PGSSL* variables",
      thrown,
    );
  }
}
