import { expect, test } from "vitest";
import { HarnessError } from "../errors.ts";
import { loadParser } from "../release/parser.ts";
import type { Step } from "../release/release.ts";
import { execute, type WrittenMessage, writeRecord } from "./testing/hand-written.ts";
import { toSteps } from "./to-steps.ts";
import { groupUnits } from "./units.ts";

const types = new Map([
  [23, "integer"],
  [2950, "uuid"],
]);

const roles = { within: "public", name: "roles" };
const references = [{ from: { table: { name: "users" }, column: "role" }, to: { table: roles, column: "id" } }];

/** The steps of a record that is one migration. */
async function write(messages: readonly (string | WrittenMessage)[], isShared = false): Promise<readonly Step[]> {
  const parser = await loadParser();
  const pieces = groupUnits(writeRecord(parser, messages), parser).map((unit) => ({
    ...{ unit, statements: unit.statements, isShared },
  }));

  return toSteps(pieces, {
    parser,
    types,
    references,
    path: "1_a",
    file: "/m/1_a.js",
    comments: ["-- plumbline: x"],
  });
}

async function list(messages: readonly (string | WrittenMessage)[]): Promise<readonly string[]> {
  return (await write(messages)).flatMap(({ statements }) => statements.map(({ text }) => text));
}

function summarize(steps: readonly Step[]): readonly string[] {
  return steps.map(({ transaction, before = [], statements }) =>
    [transaction, ...before, statements.map(({ text }) => text).join("; ")].join(" | "),
  );
}

test("a unit is a step in the transaction that it ran in", async () => {
  expect(
    summarize(
      await write([
        ...["BEGIN ISOLATION LEVEL SERIALIZABLE", "CREATE TABLE a ()", "CREATE TABLE b ()", "COMMIT"],
        ...["CREATE TABLE c (); CREATE TABLE d ()", "CREATE INDEX CONCURRENTLY i ON c ((1))", "VACUUM c"],
        ...["SET lock_timeout = '1s'", "CREATE TABLE e ()", "RESET lock_timeout", "CREATE TABLE f ()"],
      ]),
    ),
  ).toEqual([
    "file | SET TRANSACTION ISOLATION LEVEL SERIALIZABLE | CREATE TABLE a (); CREATE TABLE b ()",
    "query | CREATE TABLE c (); CREATE TABLE d ()",
    "statement | CREATE INDEX CONCURRENTLY i ON c ((1)); VACUUM c",
    "statement | SET lock_timeout = '1s' | CREATE TABLE e ()",
    'statement | RESET "lock_timeout" | CREATE TABLE f ()',
  ]);
  expect(summarize(await write(["BEGIN", "CREATE TABLE a ()", "COMMIT"], true))).toEqual(["run | CREATE TABLE a ()"]);
});

test("a temporary table that outlives its transaction is in one step with what names it", async () => {
  const use = "INSERT INTO b SELECT * FROM old";
  const other = ["BEGIN", "CREATE TABLE d ()", "COMMIT"];
  const begin = "BEGIN ISOLATION LEVEL SERIALIZABLE";

  expect(
    summarize(
      await write([
        ...[...other, "SET lock_timeout = '1s'", "CREATE TEMP TABLE old AS SELECT 1"],
        ...[begin, "CREATE TABLE b (n int)", use, "COMMIT", "DROP TABLE pg_temp.old; CREATE TABLE c ()", ...other],
      ]),
    ),
  ).toEqual([
    "file | CREATE TABLE d ()",
    [
      "statement | SET lock_timeout = '1s'; CREATE TEMP TABLE old AS SELECT 1",
      ...["BEGIN; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SET lock_timeout = '1s'"],
      ...["CREATE TABLE b (n int)", use, "COMMIT"],
      ...["BEGIN; SET lock_timeout = '1s'; DROP TABLE pg_temp.old; CREATE TABLE c ()", "COMMIT"],
    ].join("; "),
    "file | SET lock_timeout = '1s' | CREATE TABLE d ()",
  ]);
  const dropped = ["CREATE TEMP TABLE old (n int) ON COMMIT DROP", "CREATE TEMP TABLE old ON COMMIT DROP AS SELECT 1"];
  for (const create of [...dropped, "CREATE TABLE old (n int)"]) {
    expect(summarize(await write(["BEGIN", create, "COMMIT", use]))).toEqual([
      `file | ${create}`,
      `statement | ${use}`,
    ]);
  }
  const create = "CREATE TEMP TABLE old (n int)";
  expect(summarize(await write([create, "BEGIN", use, "COMMIT"], true))).toEqual([
    ...[`statement | ${create}`, `run | ${use}`],
  ]);
});

test("comments stay where they are, and the first step begins with those of the file", async () => {
  const [first, second] = await write(["CREATE TABLE a (); -- why\nCREATE TABLE b ()", "-- plumbline: y\nVACUUM"]);
  expect(first?.source).toBe("-- plumbline: x\nCREATE TABLE a ();\n\n-- why\nCREATE TABLE b ();\n");
  expect(second?.source).toBe("-- plumbline: y\nVACUUM;\n");
});

const id = [{ name: "id", type: 23 }];

test("a key that the server made and the tool sent back is kept in the session", async () => {
  expect(
    await list([
      execute("INSERT INTO roles (name) VALUES ($1) RETURNING id", [["1", 0]], [{ columns: id, rows: [["1"]] }]),
      execute("INSERT INTO users (role, n) VALUES ($1, $2)", [
        ["1", 23],
        ["1", 23],
      ]),
      "UPDATE roles SET name = '1' WHERE id = 1",
    ]),
  ).toEqual([
    `WITH made AS (\nINSERT INTO roles (name) VALUES ('1') RETURNING id\n)\nSELECT set_config('plumbline.value_1', made."id"::text, false) FROM made`,
    "INSERT INTO users (role, n) VALUES (current_setting('plumbline.value_1')::integer, 1)",
    "UPDATE roles SET name = '1' WHERE id = current_setting('plumbline.value_1')::integer",
  ]);
});

test("of several rows each has its own value", async () => {
  const rows = [["7"], ["9"]];
  expect(
    await list([
      { sql: "INSERT INTO roles (name) VALUES ('a'), ('b') RETURNING id", results: [{ columns: id, rows }] },
      execute("INSERT INTO users (role) VALUES ($1)", [["9", 0]]),
    ]),
  ).toEqual([
    `WITH made AS (\nINSERT INTO roles (name) VALUES ('a'), ('b') RETURNING id\n)\nSELECT set_config('plumbline.value_1', string_agg(made."id"::text, ','), false) FROM made`,
    "INSERT INTO users (role) VALUES (split_part(current_setting('plumbline.value_1'), ',', 2)::integer)",
  ]);
});

test("a UUID is followed wherever it is sent, and what the tool made itself is not", async () => {
  const made = "0b0c7f8e-3f7a-4f0e-9d61-0a5c3a1b2c3d";
  const columns = [{ name: "id", type: 2950 }];
  const [, used] = await list([
    { sql: "SELECT gen_random_uuid() AS id", results: [{ columns, rows: [[made]] }] },
    execute("INSERT INTO logs (about) VALUES ($1)", [[made, 25]]),
  ]);
  expect(used).toBe("INSERT INTO logs (about) VALUES (current_setting('plumbline.value_1')::uuid)");
  const own = execute("INSERT INTO logs (id) VALUES ($1) RETURNING id", [[made, 2950]], [{ columns, rows: [[made]] }]);
  expect(await list([own, execute("DELETE FROM logs WHERE id = $1", [[made, 2950]])])).toEqual([
    `INSERT INTO logs (id) VALUES ('${made}') RETURNING id`,
    `DELETE FROM logs WHERE id = '${made}'::uuid`,
  ]);
});

test("a UUID that was read is that of the same row elsewhere; of several columns of a name none is known", async () => {
  const rows = [["0b0c7f8e-3f7a-4f0e-9d61-0a5c3a1b2c3d", "7"]];
  const column = (name: string) => ({ name, type: 2950 });
  const use = execute("UPDATE roles SET name = 'x' WHERE id = $1", [[rows[0]?.[0] ?? "", 2950]]);
  const read = (other: string) => ({
    sql: "SELECT * FROM roles",
    results: [{ columns: [column("id"), column(other)], rows }],
  });

  expect(await list([read("n"), use])).toEqual([
    `WITH made AS (\nSELECT * FROM roles\n)\nSELECT set_config('plumbline.value_1', made."id"::text, false) FROM made`,
    "UPDATE roles SET name = 'x' WHERE id = current_setting('plumbline.value_1')::uuid",
  ]);
  expect(await list([read("id"), use])).toEqual([
    "SELECT * FROM roles",
    "UPDATE roles SET name = 'x' WHERE id = '0b0c7f8e-3f7a-4f0e-9d61-0a5c3a1b2c3d'::uuid",
  ]);
});

test("rows of COPY become INSERT statements", async () => {
  const copies = [{ format: "text" as const, data: "1\tit's\\ta\n2\t\\N\n\\.\n" }];
  expect(await list([{ sql: 'COPY app.t (id, "Name") FROM STDIN', copies }])).toEqual([
    `INSERT INTO "app"."t" ("id", "Name") OVERRIDING SYSTEM VALUE VALUES\n  ('1', 'it''s\ta'),\n  ('2', NULL)`,
  ]);
  await expect(list([{ sql: "COPY t FROM STDIN WHERE id > 1", copies }])).rejects.toThrow(HarnessError);
});

test("a statement about the database of the tool is one about the database that it runs in", async () => {
  expect(await list([`ALTER DATABASE "plumbline_c_0123abcd_1" SET timezone TO 'UTC'`])).toEqual([
    `DO $block$ BEGIN
  EXECUTE replace($plumbline$ALTER DATABASE plumbline_c_0123abcd_1 SET timezone TO 'UTC'$plumbline$, 'plumbline_c_0123abcd_1', quote_ident(current_database()));
END $block$`,
  ]);
});
