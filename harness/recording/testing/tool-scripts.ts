/** Gives tests databases and scripts that stand for a migration tool. */
import { join } from "node:path";
import type { ClientConfig } from "pg";
import { afterAll, beforeAll } from "vitest";
import type { Server } from "../../database/server.ts";
import { Session } from "../../database/session.ts";
import { installation } from "../../files/installation.ts";
import { startEmbedded } from "../../server/embedded/embedded.ts";
import { createTemporaryFolder } from "../../testing/temporary-directory.ts";
import type { ToolCommandLine } from "../tool-process.ts";

/** Starts a server for the tests of a file. */
export function useToolDatabases(): { createDatabase(setup?: string): Promise<ClientConfig> } {
  let server: Server | undefined;
  let created = 0;

  beforeAll(async () => {
    server = await startEmbedded();
  });
  afterAll(async () => await server?.[Symbol.asyncDispose]());

  return {
    async createDatabase(setup = "") {
      if (server === undefined) throw new Error("the server is there while tests run");
      created += 1;
      const connection = server.connection(`tool_${created}`);
      await using session = await Session.open(server.connection("postgres"));
      await session.query(`CREATE DATABASE tool_${created}`);
      if (setup !== "") await queryOnce(connection, setup);

      return connection;
    },
  };
}

/** The first column of what a query returns, in a session of its own. */
export async function queryOnce(connection: ClientConfig, sql: string): Promise<readonly (string | null)[]> {
  await using session = await Session.open(connection);

  return (await session.query(sql)).map((row) => Object.values(row)[0] ?? null);
}

const pg = JSON.stringify(join(installation.folder, "node_modules/pg/lib/index.js"));

/** A command that runs a script with `client`, a client of pg that is connected, and `open`, which opens another. */
export function scriptLine(script: string, timeoutMs?: number): ToolCommandLine {
  const folder = createTemporaryFolder({
    "tool.mjs": `import pg from ${pg};
const open = async (settings = {}) => {
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL, ...settings });
  await client.connect();
  return client;
};
const client = await open();
${script}
await client.end();`,
  });

  return { command: "node tool.mjs", folder, ...(timeoutMs !== undefined && { timeoutMs }) };
}

/** A module that opens and closes a session with other settings than those it is given. */
export function connectScript(settings: object): string {
  return `import pg from ${pg};
const client = new pg.Client(${JSON.stringify({ ssl: false, ...settings })});
await client.connect();
await client.end();`;
}
