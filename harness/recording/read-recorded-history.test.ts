import { afterAll, beforeAll, expect, test } from "vitest";
import type { ToolCommand } from "../configuration/configuration.ts";
import type { Server } from "../database/server.ts";
import { HarnessError } from "../errors.ts";
import type { History } from "../layouts/read-history.ts";
import type { Step } from "../release/release.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { readRecordedHistory } from "./read-recorded-history.ts";
import type { RowSet } from "./record-variants.ts";
import { queryTool, transactionTool, writeModule } from "./testing/small-tools.ts";

type Files = Readonly<Record<string, string>>;

let server: Server | undefined;
beforeAll(async () => {
  server = await startEmbedded();
});
afterAll(async () => await server?.[Symbol.asyncDispose]());

/** All tests share it. */
async function startServer(): Promise<Server> {
  if (server === undefined) throw new Error("the server is there while tests run");

  return { ...server, [Symbol.asyncDispose]: async () => undefined };
}

const both: ToolCommand = { up: "node tool.mjs up", down: "node tool.mjs down" };

/** Writes a tool with its migrations and records it; of the downs, the newest. */
async function read(
  files: Files,
  command: ToolCommand = both,
  rowSets: readonly RowSet[] = [],
): Promise<{ history: History; folder: string }> {
  const folder = createTemporaryFolder(files);
  const findFirst = async ({ migrations }: History) => migrations.length - 1;

  return {
    folder,
    history: await readRecordedHistory({
      ...{ command, folder, setup: [], findFirst, startServer },
      findRows: async () => rowSets,
    }),
  };
}

/** The message and the remedy. */
async function readError(files: Files, command: ToolCommand = both): Promise<string> {
  const thrown: unknown = await read(files, command).catch((error: unknown) => error);
  if (!(thrown instanceof HarnessError)) throw new Error("expected a HarnessError", { cause: thrown });

  return `${thrown.message} => ${thrown.remedy}`;
}

function format(steps: readonly Step[] | undefined): readonly string[] | undefined {
  return steps?.map(
    ({ transaction, statements }) => `${transaction}: ${statements.map(({ text }) => text).join("; ")}`,
  );
}

const roles = writeModule(
  `await query("CREATE TABLE roles (id serial PRIMARY KEY, name text, at timestamptz DEFAULT now())");
await query("CREATE TABLE users (id int PRIMARY KEY, role int REFERENCES roles)");`,
  `await query("DROP TABLE users, roles");`,
);

const admin = writeModule(
  `// plumbline: assume users: role IS NOT NULL
const { rows } = await query("INSERT INTO roles (name) VALUES ($1) RETURNING id", ["it's"]);
await query("INSERT INTO users (id, role) VALUES ($1, $2)", [7, rows[0].id]);
await query("SELECT count(*) FROM pg_class");`,
  `await query("DELETE FROM users WHERE id = $1", [7]);
await query("DELETE FROM roles WHERE name = $1", ["it's"]);`,
);

const adminUp = [
  `file: WITH made AS (\nINSERT INTO roles (name) VALUES ('it''s') RETURNING id\n)\nSELECT set_config('plumbline.value_1', made."id"::text, false) FROM made; INSERT INTO users (id, role) VALUES ('7', current_setting('plumbline.value_1')::integer)`,
];

test.each([
  ["at once", both],
  ["one at a time", { ...both, step: "node tool.mjs step" }],
])("a tool that is code becomes migrations of SQL: %s", async (_, command) => {
  const { history, folder } = await read(
    { ...transactionTool, "migrations/1_roles.mjs": roles, "migrations/2_admin.mjs": admin },
    command,
  );
  const [first, second] = history.migrations;
  expect(history).toMatchObject({
    folder,
    layout: { title: "a record of node tool.mjs up" },
    hasDowns: true,
    notes: [],
  });
  expect(history.migrations.map(({ name }) => name)).toEqual(["1_roles", "2_admin"]);
  expect(format(first?.up)).toEqual([
    "file: CREATE TABLE roles (id serial PRIMARY KEY, name text, at timestamptz DEFAULT now()); CREATE TABLE users (id int PRIMARY KEY, role int REFERENCES roles)",
  ]);
  expect(format(second?.up)).toEqual(adminUp);
  expect(second?.up[0]).toMatchObject({
    file: `${folder}/migrations/2_admin.mjs`,
    path: "2_admin",
    source: expect.stringMatching(/^-- plumbline: assume users: role IS NOT NULL\n/),
  });
  expect(format(second?.down)).toEqual([
    "file: DELETE FROM users WHERE id = '7'; DELETE FROM roles WHERE name = 'it''s'",
  ]);
  expect(history.migrations.map(({ readsRows }) => readsRows)).toEqual([undefined, undefined]);
});

test("several transactions of a migration have the settings and the temporary tables of their session", async () => {
  const parts = writeModule(`await query("SET search_path TO app");
await query("CREATE TABLE c (n int)");
await query("COMMIT");
await query("CREATE TEMP TABLE old AS SELECT 7 AS n");
await query("BEGIN");
await query("INSERT INTO c SELECT n FROM old");
await query("DROP TABLE old");
await query("COMMIT");
await query("BEGIN");
await query("CREATE TABLE d (n int)");
await query("SET search_path TO DEFAULT");`);
  const { history } = await read({
    ...{ ...transactionTool, "migrations/1_app.mjs": writeModule('await query("CREATE SCHEMA app");') },
    "migrations/2_parts.mjs": parts,
  });
  const [, second] = history.migrations;

  expect(second?.up.map(({ transaction, before, source }) => [transaction, before, source])).toEqual([
    ["file", undefined, "SET search_path TO app;\n\nCREATE TABLE c (n int);\n"],
    [
      "statement",
      undefined,
      `SET search_path TO app;

CREATE TEMP TABLE old AS SELECT 7 AS n;

BEGIN;

SET search_path TO app;

INSERT INTO c SELECT n FROM old;

DROP TABLE old;

COMMIT;
`,
    ],
    ["file", ["SET search_path TO app"], "CREATE TABLE d (n int);\n\nSET search_path TO DEFAULT;\n"],
  ]);
});

test("a tool that sends files of SQL becomes the same files", async () => {
  const { history, folder } = await read(
    {
      ...queryTool,
      "migrations/1_a.sql": "-- first\nCREATE TABLE a (id int, n int);\n-- second\nCREATE TABLE b (id int)",
      "migrations/2_b.sql": "CREATE INDEX CONCURRENTLY i ON a (n)",
      "migrations/3_c.sql":
        "INSERT INTO a VALUES (1, 1e9 * random()); BEGIN; INSERT INTO a VALUES (2, 2); COMMIT; SELECT count(*) FROM a",
    },
    { up: "node tool.mjs up" },
  );
  expect(history.migrations.map(({ name, up }) => [name, ...(format(up) ?? [])])).toEqual([
    ["1", "query: CREATE TABLE a (id int, n int); CREATE TABLE b (id int)"],
    ["2", "statement: CREATE INDEX CONCURRENTLY i ON a (n)"],
    [
      "3",
      "file: INSERT INTO a VALUES (1, 1e9 * random()); INSERT INTO a VALUES (2, 2)",
      "statement: SELECT count(*) FROM a",
    ],
  ]);
  expect(history.migrations.map(({ up }) => up[0]?.file)).toEqual(
    ["1_a", "2_b", "3_c"].map((name) => `${folder}/migrations/${name}.sql`),
  );
  expect([history.hasDowns, history.noDowns]).toEqual([false, "the configuration names no command.down"]);
});

test("where code reads rows, its tool is run again on some", async () => {
  const loop = writeModule(
    `for (const { id } of (await query("SELECT id FROM users ORDER BY id")).rows) {
  if (id === 3) throw new Error("3 is odd");
  await query("UPDATE users SET role = 10 / ($1 - 4) WHERE id = $1", [id]);
}`,
  );
  const insert = (title: string, id: number) => ({ title, inserts: `INSERT INTO users (id) VALUES (${id});` });
  const { history } = await read(
    { ...transactionTool, "migrations/1_roles.mjs": roles, "migrations/2_loop.mjs": loop },
    { up: "node tool.mjs up" },
    [insert("one row", 7), insert("a row that the server rejects", 4), insert("a row that the code rejects", 3)],
  );
  const [first, second] = history.migrations;
  expect([first?.readsRows, second?.readsRows]).toEqual([undefined, ["users"]]);
  expect(format(second?.up)).toEqual(["file: SELECT id FROM users ORDER BY id"]);
  expect(second?.variants?.map(({ title, up }) => [title, ...(format(up) ?? [])])).toEqual([
    ["one row", "file: SELECT id FROM users ORDER BY id; UPDATE users SET role = 10 / ('7' - 4) WHERE id = '7'"],
    [
      "a row that the server rejects",
      "file: SELECT id FROM users ORDER BY id; UPDATE users SET role = 10 / ('4' - 4) WHERE id = '4'",
    ],
  ]);
  expect(second?.variants?.map(({ rows }) => rows.isGenerated)).toEqual([true, true]);
  expect(history.notes).toEqual([
    "2_loop failed (Error: 3 is odd) where the tool was run again on a row that the code rejects",
  ]);
});

test("a down that drops what earlier migrations made is an error", async () => {
  const drop = writeModule(`await query("CREATE TABLE c ()");`, `await query("DROP TABLE c, users, roles");`);
  const files = { ...transactionTool, "migrations/1_roles.mjs": roles, "migrations/2_drop.mjs": drop };
  expect(await readError(files)).toMatch(
    /^The command of down drops all tables, such as (?:roles|users), which an earlier .* => Write a command for down/,
  );
  const gone = writeModule(`await query("DROP TABLE users, roles");`);
  const last = writeModule(`await query("CREATE TABLE c ()");`, `await query("DROP TABLE c");`);
  const { history } = await read({ ...files, "migrations/2_drop.mjs": gone, "migrations/3_last.mjs": last });
  expect(format(history.migrations[2]?.down)).toEqual(["file: DROP TABLE c"]);
});

test("what a tool writes to its folder is noted", async () => {
  const dump = writeModule(`const { writeFileSync } = await import("node:fs");
writeFileSync("schema.sql", "");
await query("CREATE TABLE c ()");`);
  const { history } = await read({ ...transactionTool, "migrations/1_dump.mjs": dump }, { up: "node tool.mjs up" });

  expect(history.notes).toEqual(["the tool itself changed schema.sql in your folder while it was recorded"]);
});

test("a down that fails is none", async () => {
  const never = writeModule(`await query("CREATE TABLE c ()");`, `throw new Error("there is no way back");`);
  const failing = await read({ ...transactionTool, "migrations/1_roles.mjs": roles, "migrations/2_never.mjs": never });
  expect(failing.history.migrations[1]?.down).toBeUndefined();
  expect(failing.history.notes).toEqual(["the command of down fails for 2_never: Error: there is no way back"]);
});

test("the downs of migrations before one that cannot be reverted are unknown", async () => {
  const never = writeModule(`await query("CREATE TABLE c ()");`, `throw new Error("\\x1b[31mno\\x1b[39m way back");`);
  const files = { ...transactionTool, "migrations/1_roles.mjs": roles, "migrations/2_never.mjs": never };
  const folder = createTemporaryFolder(files);
  const history = await readRecordedHistory({
    ...{ command: both, folder, setup: [], startServer },
    findFirst: async () => 0,
  });

  expect(history.notes).toEqual(["the command of down fails for 2_never: Error: no way back"]);
  expect(history.migrations.map(({ down, unknownDown }) => [down, unknownDown])).toEqual([
    [[], "2_never was not reverted, so that the down of 1_roles was not run"],
    [undefined, undefined],
  ]);
});

test("a record that does not replay is an error that names what differs", async () => {
  const temporary = {
    "migrations/1_temporary.mjs": writeModule(`await query("CREATE TEMP TABLE kept AS SELECT 1 AS n");`),
    "migrations/2_users.mjs": writeModule(`await query("CREATE TABLE users AS SELECT n FROM kept");`),
  };
  expect(await readError({ ...transactionTool, ...temporary })).toMatch(
    /^The record of node tool.mjs up does not replay: 2_users, line 1: ERROR: relation "kept" does not exist .* => Keep what a migration does independent of its session/,
  );
  const count = writeModule(`await query("CREATE TABLE counts AS SELECT count(*) FROM pg_tables");`);
  expect(await readError({ ...transactionTool, "migrations/1_count.mjs": count })).toMatch(
    /^The record of node tool.mjs up does not replay to the same database: rows of table public.counts differ in the column count => /,
  );
});

test("a command that applies nothing, or something in each run, is an error", async () => {
  expect(await readError({ ...queryTool, "migrations/0_none.sql": "" }, { up: "node tool.mjs up" })).toMatch(
    /^The command of the configuration applied no migration => Run it yourself/,
  );
  expect(
    await readError(
      {
        ...transactionTool,
        "migrations/1_roles.mjs": roles,
        "migrations/2_admin.mjs": writeModule(`await query("CREATE TABLE c ()")`),
      },
      { up: "node tool.mjs step" },
    ),
  ).toMatch(
    /^The command node tool.mjs step changes the schema again when it is run again: .*public.c.* => Write a command for up/,
  );
});

test("a command that fails says what the server lacks", async () => {
  const extension = writeModule(`await query("CREATE EXTENSION postgis");`);
  expect(await readError({ ...transactionTool, "migrations/1_postgis.mjs": extension })).toMatch(
    /^The command node tool.mjs up failed with exit code 1, after the server rejected CREATE EXTENSION postgis .* => Use a server that has the extension postgis: --server container --image /s,
  );
});
