import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Server } from "../database/server.ts";
import { Session } from "../database/session.ts";
import { installation } from "../files/installation.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import type { RecordedStatement, ToolRecord } from "./record.ts";
import { recordTool } from "./record-tool.ts";

const pg = JSON.stringify(join(installation.folder, "node_modules/pg/lib/index.js"));
let server: Server | undefined;
let created = 0;

beforeAll(async () => {
  server = await startEmbedded();
});
afterAll(async () => await server?.[Symbol.asyncDispose]());

/** Runs a script with a client of pg that is connected; returns the record. */
async function record(script: string, options: { setup?: string; timeoutMs?: number } = {}): Promise<ToolRecord> {
  const folder = createTemporaryFolder({
    "tool.mjs": `import pg from ${pg};
const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
${script}
await client.end();`,
  });

  return await recordTool(
    { command: "node tool.mjs", folder, ...(options.timeoutMs && { timeoutMs: options.timeoutMs }) },
    await createDatabase(options.setup),
  );
}

async function createDatabase(setup = "") {
  if (server === undefined) throw new Error("the server is there while tests run");
  created += 1;
  const name = `tool_${created}`;
  await using session = await Session.open(server.connection("postgres"));
  await session.query(`CREATE DATABASE ${name}`);
  if (setup !== "") {
    await using own = await Session.open(server.connection(name));
    await own.query(setup);
  }

  return server.connection(name);
}

/** What matters of a statement. */
function summarize({ protocol, sql, parameters, results, error, before, after }: RecordedStatement) {
  const tags = results.map(({ tag }) => tag).join(", ");

  return [protocol, sql, ...(parameters.length > 0 ? [parameters] : []), error?.code ?? tags, `${before} ${after}`];
}

test("simple and extended statements are recorded with what the server answered", async () => {
  const { statements, sessions, exitCode, database } = await record(`
await client.query("BEGIN; CREATE TABLE t (id int, name text)");
await client.query("INSERT INTO t VALUES ($1, $2) RETURNING id", [1, "é"]);
await client.query("COMMIT");
await client.query("SELECT * FROM missing").catch(() => 0);`);

  expect(exitCode).toBe(0);
  expect(sessions).toEqual([
    { session: 1, user: "postgres", database, settings: expect.objectContaining({ client_encoding: "UTF8" }) },
  ]);
  expect(statements.map(summarize)).toEqual([
    ["simple", "BEGIN; CREATE TABLE t (id int, name text)", "BEGIN, CREATE TABLE", "idle open"],
    ["extended", "INSERT INTO t VALUES ($1, $2) RETURNING id", ["1", "é"], "INSERT 0 1", "open open"],
    ["simple", "COMMIT", "COMMIT", "open idle"],
    ["simple", "SELECT * FROM missing", "42P01", "idle idle"],
  ]);
  expect(statements[1]?.results).toEqual([
    { tag: "INSERT 0 1", columns: [expect.objectContaining({ name: "id", type: 23 })], rows: [["1"]], rowCount: 1 },
  ]);
});
