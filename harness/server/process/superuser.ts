/** Connects to the servers that Plumbline starts, as their superuser. */
import { Client, type ClientConfig } from "pg";
import { superuser } from "./settings.ts";

/** Where a server listens: a host or the folder of a socket, and a port. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * How to connect. It sets all that pg would take from the caller's PG* variables; a blank counts as options and contains
 * none.
 */
export function superuserConfig({ host, port }: ServerAddress, database: string, password: string): ClientConfig {
  return { host, port, user: superuser, password, database, ssl: false, options: " " };
}

/** Connects, runs the statements, and returns the server's version: `18.4`. Rejects with pg's error. */
export async function readVersion(
  config: ClientConfig,
  limitMs: number,
  ...statements: readonly string[]
): Promise<string> {
  const client = new Client({ ...config, connectionTimeoutMillis: limitMs });
  // The query that waits reports a lost connection; without a listener this event would end the process.
  client.on("error", (error) => error);
  try {
    await client.connect();
    for (const statement of statements) await client.query(statement);
    const { rows } = await client.query<{ version: string }>("SELECT current_setting('server_version') AS version");

    return rows[0]?.version.split(" ")[0] ?? "unknown";
  } finally {
    await client.end();
  }
}
