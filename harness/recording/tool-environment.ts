/** The environment of a migration tool, with the address of one database and of no other (pure). */

export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

const PLACEHOLDER = /\{(?:url|host|port|user|password|database)\}/;

/** Without TLS: some tools require it unless the address says otherwise. */
export function formatUrl({ host, port, user, password, database }: DatabaseAddress): string {
  const [encodedUser, encodedPassword, path] = [user, password, database].map(encodeURIComponent);

  return `postgresql://${encodedUser}:${encodedPassword}@${host}:${port}/${path}?sslmode=disable`;
}

/** Replaces `{url}`, `{host}`, `{port}`, `{user}`, `{password}` and `{database}`. */
export function fillAddress(text: string, address: DatabaseAddress): string {
  const { host, port, user, password, database } = address;
  const values: Readonly<Record<string, string>> = {
    ...{ "{url}": formatUrl(address), "{host}": host, "{port}": String(port) },
    ...{ "{user}": user, "{password}": password, "{database}": database },
  };

  return text.replaceAll(new RegExp(PLACEHOLDER, "g"), (placeholder) => values[placeholder] ?? placeholder);
}

/** Whether a text has a placeholder of `fillAddress`. */
export function hasPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text);
}

/** Variables that name a database or its server: all of PostgreSQL's, and every one whose value is such an address. */
export function namesDatabase(name: string, value: string): boolean {
  return /^(?:PG[A-Z]+|DATABASE_URL)$/.test(name) || /^(?:jdbc:)?postg(?:res|resql|is)(?:\+\w+)?:\/\//i.test(value);
}

/** The variables that every tool gets. */
export const addressVariables = "DATABASE_URL PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE PGSSLMODE".split(" ");

/**
 * The caller's environment without what names a database, and with the address in the variables that tools read.
 * @param env further variables; placeholders in them are filled in
 */
export function toolEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  env: Readonly<Record<string, string>>,
  address: DatabaseAddress,
): Record<string, string | undefined> {
  const harmless = Object.entries(inherited).filter(([name, value = ""]) => !namesDatabase(name, value));
  const given = {
    DATABASE_URL: formatUrl(address),
    PGHOST: address.host,
    PGPORT: String(address.port),
    PGUSER: address.user,
    PGPASSWORD: address.password,
    PGDATABASE: address.database,
    PGSSLMODE: "disable",
  };
  const own = Object.entries(env).map(([name, value]) => [name, fillAddress(value, address)] as const);

  return { ...Object.fromEntries(harmless), ...given, CI: "1", NO_COLOR: "1", ...Object.fromEntries(own) };
}
