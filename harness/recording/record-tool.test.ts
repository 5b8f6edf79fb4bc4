import { join } from "node:path";
import type { ClientConfig } from "pg";
import { expect, test } from "vitest";
import { messageOf } from "../errors.ts";
import { readStartTime } from "../server/process/processes.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { requireAddressTaken } from "./address-taken.ts";
import type { RecordedStatement, ToolRecord } from "./record.ts";
import { recordTool, requireSuccess } from "./record-tool.ts";
import { connectScript, queryOnce, scriptLine, useToolDatabases } from "./testing/tool-scripts.ts";

const { createDatabase } = useToolDatabases();

/** Runs a script with a client of pg that is connected, which it may also close. */
async function record(script: string, setup = "", timeoutMs?: number): Promise<ToolRecord> {
  return await recordTool(scriptLine(script, timeoutMs), await createDatabase(setup));
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

test("prepared statements, errors in a pipeline and parameters in the binary format are recorded", async () => {
  const { statements } = await record(
    `
const query = (text, values) => ({ name: "p", text, values });
await client.query(query("INSERT INTO t (n, b) VALUES ($1, $2)", [1, Buffer.from([0, 255])]));
await client.query(query("INSERT INTO t (n, b) VALUES ($1, $2)", ["x", null])).catch(() => 0);
const { connection } = client;
const ended = new Promise((resolve) => client.connection.once("readyForQuery", resolve));
const binary = { binary: true, values: [7], valueMapper: () => Buffer.from([0, 0, 0, 0, 0, 0, 0, 7]) };
connection.parse({ text: "INSERT INTO t (n) VALUES ($1) RETURNING n, b", types: [20] });
connection.bind(binary);
connection.describe({ type: "P" });
connection.execute({});
connection.bind({});
connection.execute({});
connection.sync();
await ended;`,
    "CREATE TABLE t (n int8, b bytea)",
  );

  expect(statements.map(summarize)).toEqual([
    ["extended", "INSERT INTO t (n, b) VALUES ($1, $2)", ["1", "\\x00ff"], "INSERT 0 1", "idle idle"],
    ["extended", "INSERT INTO t (n, b) VALUES ($1, $2)", ["x", null], "22P02", "idle idle"],
    ["extended", "INSERT INTO t (n) VALUES ($1) RETURNING n, b", ["7"], "INSERT 0 1", "idle idle"],
    ["extended", "INSERT INTO t (n) VALUES ($1) RETURNING n, b", "08P01", "idle idle"],
  ]);
  expect(statements[0]?.parameterTypes).toEqual([20, 17]);
  expect(statements[2]?.results).toEqual([expect.objectContaining({ rows: [["7", null]] })]);
});

test("COPY is recorded with its data, in both directions and formats", async () => {
  // The signature, flags and extension of COPY's binary format, a row of 7 and NULL, and the trailer.
  const binary = "5047434f50590aff0d0a000000000000000000000200000004" + "00000007ffffffffffff";
  const { statements } = await record(
    `
class Copy extends pg.Query {
  constructor(sql, resolve, ...pieces) { super(sql, undefined, resolve); this.pieces = pieces; }
  handleCopyInResponse(connection) {
    for (const piece of this.pieces) connection.sendCopyFromChunk(Buffer.from(piece));
    connection.endCopyFrom();
  }
  handleCopyData() {}
}
const copy = (sql, ...pieces) => new Promise((resolve) => client.query(new Copy(sql, resolve, ...pieces)));
await copy("COPY t FROM STDIN", "1\\té\\n2", "\\t\\\\N\\n");
await copy("COPY t FROM STDIN (FORMAT binary)", Buffer.from("${binary}", "hex"));
await copy("COPY t TO STDOUT (FORMAT csv)");
await client.query("SELECT 1");`,
    "CREATE TABLE t (n int, a text)",
  );

  expect(statements.map(summarize)).toEqual([
    ["simple", "COPY t FROM STDIN", "COPY 2", "idle idle"],
    ["simple", "COPY t FROM STDIN (FORMAT binary)", "COPY 1", "idle idle"],
    ["simple", "COPY t TO STDOUT (FORMAT csv)", "COPY 3", "idle idle"],
    ["simple", "SELECT 1", "SELECT 1", "idle idle"],
  ]);
  expect(statements[0]?.copies).toEqual([{ format: "text", data: "1\té\n2\t\\N\n" }]);
  expect(statements[1]?.copies).toEqual([{ format: "text", data: "7\t\\N\n" }]);
});

test("each session is recorded on its own, those on other databases too, and a cancelled statement failed", async () => {
  const { statements, sessions, database } = await record(
    `
const other = await open({ options: "-c search_path=app", application_name: "other" });
const maintenance = await open({ connectionString: undefined, ssl: false, database: "postgres" });
await client.query("BEGIN");
await other.query("CREATE TABLE u ()");
await maintenance.query("SELECT 1 AS n");
const running = client.query("SELECT pg_sleep(60)").catch(() => 0);
await other.query("DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep') LOOP PERFORM pg_sleep(0.01), pg_stat_clear_snapshot(); END LOOP; END $$");
const canceller = new pg.Client({ connectionString: process.env.DATABASE_URL });
canceller.cancel(client, client.activeQuery ?? client._activeQuery);
await running;
await Promise.all([other.end(), maintenance.end()]);`,
    "CREATE SCHEMA app",
  );

  expect(sessions).toEqual([
    { session: 1, user: "postgres", database, settings: expect.any(Object) },
    {
      ...{ session: 2, user: "postgres", database },
      settings: expect.objectContaining({ search_path: "app", application_name: "other" }),
    },
    { session: 3, user: "postgres", database: "postgres", settings: expect.any(Object) },
  ]);
  expect(statements.map(({ session, error, after }) => [session, error?.code ?? "", after])).toEqual([
    ...[
      [1, "", "open"],
      [2, "", "idle"],
      [3, "", "idle"],
      [2, "", "idle"],
      [1, "57014", "failed"],
    ],
  ]);
});

test("long messages pass in both directions", async () => {
  const { statements, exitCode } = await record(`
const { rows: [row] } = await client.query("SELECT $1::text || 'x' AS long", ["é".repeat(1_000_000)]);
if (row.long.length !== 1_000_001) process.exit(1);
const { rows } = await client.query("SELECT repeat('x', 100) FROM generate_series(1, 20000)");
if (rows.length !== 20_000) process.exit(2);`);

  expect(exitCode).toBe(0);
  expect(statements[0]?.parameters[0]?.length).toBe(1_000_000);
  expect(statements[1]?.results[0]).toMatchObject({ rowCount: 20_000, tag: "SELECT 20000" });
});

test("a statement whose answer the tool does not wait for is recorded all the same", async () => {
  const { statements, exitCode } = await record(`
client.query("SELECT pg_sleep(0.2); CREATE TABLE t ()");
setTimeout(() => process.exit(3), 50);
await new Promise(() => 0);`);

  expect(exitCode).toBe(3);
  expect(statements.map(summarize)).toEqual([
    ["simple", "SELECT pg_sleep(0.2); CREATE TABLE t ()", "SELECT 1, CREATE TABLE", "idle idle"],
  ]);
});

test("a tool that fails is recorded, and the error names its last SQL error and its output without passwords", async () => {
  const line = scriptLine(`
console.log("at", process.env.DATABASE_URL, process.env.PGPASSWORD);
await client.query("CREATE TABLE t ()");
await client.query("CREATE TABLE t ()");`);
  const connection = await createDatabase();
  const found = await recordTool(line, connection);
  expect(found.exitCode).toBe(1);
  expect(found.output).toMatch(
    /at postgresql:\/\/postgres:\*\*\*\*@127\.0\.0\.1:\d+\/tool_\d+\?sslmode=disable \*\*\*\*\n/,
  );
  expect(found.output).not.toContain(connection.password);
  expect(() => requireSuccess(line, found)).toThrow(
    /^The command node tool\.mjs failed with exit code 1, after the server rejected CREATE TABLE t \(\) \(42P07: relation "t" already exists\); its output ends with:\n {4}/,
  );
  expect(requireSuccess(line, { ...found, exitCode: 0 })).toBeUndefined();
});

test("the error of a tool that fails names why the server rejected one of its sessions", async () => {
  const line = scriptLine(`await open({ connectionString: undefined, ssl: false, database: "missing" });`);
  const found = await recordTool(line, await createDatabase());

  expect(() => requireSuccess(line, found)).toThrow(
    /failed with exit code 1, after the server rejected a session \(database "missing" does not exist\); its output/,
  );
});

test("the password is one that clients accept which follow RFC 7677", async () => {
  const connection = await createDatabase();
  await recordTool(scriptLine(""), connection);
  const [password] = await queryOnce(connection, "SELECT rolpassword FROM pg_authid WHERE rolname = current_user");
  expect(password).toMatch(/^SCRAM-SHA-256\$4096:/);
});

test("a command that hangs is ended with all that it started, and the error names what the server was executing", async () => {
  const connection = await createDatabase();
  const line = scriptLine(`console.log("waiting"); await client.query("SELECT pg_sleep(600)");`, 1_500);
  const withChild = { ...line, command: `sleep 600 & echo pid $!; ${line.command}` };
  const thrown = await recordTool(withChild, connection).then(() => undefined, messageOf);

  expect(thrown).toMatch(
    /did not end within 1\.5 s, when the server was executing SELECT pg_sleep\(600\); its output ends with:\n {4}pid \d+\n {4}waiting$/,
  );
  expect(readStartTime(Number(/pid (\d+)/.exec(thrown ?? "")?.[1]))).toBeUndefined();
  expect(
    await queryOnce(connection, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(6%'"),
  ).toEqual(["0"]);
});

let shared: ClientConfig | undefined;

test.each([
  ["true {url}", /never used the address that it was given; what it did elsewhere cannot be seen$/],
  [
    "echo no database; exit 3 # {url}",
    /^The command .* failed with exit code 3 before it used the address that it was given; .*\n {4}no database$/,
  ],
  ["node wrong-database.mjs {url}", /worked on the database postgres instead of the one that it was given/],
  ["node wrong-user.mjs {url}", /the server rejected it: password authentication failed for user "postgres"/],
  ["node encrypted.mjs {url}", /cannot be recorded: it does not begin with a startup message/],
  ["true", /^Nothing shows that the command true takes the address/],
])("the command %j is an error", async (command, message) => {
  const folder = createTemporaryFolder({
    "wrong-database.mjs": connectScript({ database: "postgres" }),
    "wrong-user.mjs": connectScript({ password: "wrong" }),
    "encrypted.mjs": `import { connect } from "node:tls"; connect({ port: process.env["PG" + "PORT"] }).on("error", () => 0);`,
  });
  shared ??= await createDatabase();
  await expect(recordTool({ command, folder }, shared)).rejects.toThrow(message);
});

test("a folder that names the variables shows that the tool takes the address", async () => {
  const folder = createTemporaryFolder({ "a/b/settings.json": '"DATABASE_URL"', "node_modules/a.js": "DATABASE_URL" });
  await expect(requireAddressTaken({ command: "x", folder })).resolves.toBeUndefined();
  await expect(requireAddressTaken({ command: "x", folder: join(folder, "a/b") })).resolves.toBeUndefined();
  await expect(
    requireAddressTaken({ command: "x", folder: join(folder, "node_modules/.."), env: { A: "b" } }),
  ).resolves.toBeUndefined();
  const empty = createTemporaryFolder({ "node_modules/a.js": "DATABASE_URL", "a/b/c/d.js": "DATABASE_URL" });
  await expect(requireAddressTaken({ command: "x", folder: empty, env: { A: "b" } })).rejects.toThrow(/was not run/);
  for (const command of ["x $PGDATABASE", "psql -f x", "x --db={database}"]) {
    await expect(requireAddressTaken({ command, folder: empty })).resolves.toBeUndefined();
  }
  await expect(requireAddressTaken({ command: "x", folder: empty, env: { A: "{url}" } })).resolves.toBeUndefined();
});

test("a folder that is missing and a server with TLS are errors", async () => {
  const connection = await createDatabase();
  const line = { command: "psql", folder: "/no/such/folder" };
  await expect(recordTool(line, connection)).rejects.toThrow("There is no folder /no/such/folder");
  await expect(recordTool(line, { ...connection, ssl: true })).rejects.toThrow("with TLS is not recorded");
});
