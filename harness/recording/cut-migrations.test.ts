import { expect, test } from "vitest";
import { loadParser } from "../release/parser.ts";
import { findBookkeeping } from "./bookkeeping.ts";
import { cutMigrations, type Direction, findJournal, type Piece } from "./cut-migrations.ts";
import { execute, type WrittenMessage, writeRecord } from "./testing/hand-written.ts";
import { groupUnits, listSent } from "./units.ts";

type Messages = readonly (string | WrittenMessage)[];

const harmless = new Set(["count", "current_database", "pg_advisory_lock", "version", "max"]);

/** A line a migration: its name, and its statements by unit. */
async function cut(first: Messages, idle: Messages, down?: Messages): Promise<readonly string[]> {
  const parser = await loadParser();
  const group = (messages: Messages) => groupUnits(writeRecord(parser, messages), parser);
  const units = group(first);
  const bookkeeping = findBookkeeping(units, listSent(writeRecord(parser, idle), parser));
  const options = { bookkeeping, harmless, journal: findJournal(units, bookkeeping, harmless) };
  const direction: Direction = down === undefined ? "up" : "down";
  const run = cutMigrations([down === undefined ? units : group(down)], direction, options);

  return [
    ...(run.base.length > 0 ? [`base: ${formatPieces(run.base)}`] : []),
    ...run.migrations.map(({ name, pieces }) => `${name}: ${formatPieces(pieces)}`),
    ...(run.hooked.length > 0 ? [`hooked: ${run.hooked.map(({ name }) => name).join(", ")}`] : []),
  ];
}

function formatPieces(pieces: readonly Piece[]): string {
  return pieces
    .map(
      ({ statements, isShared }) =>
        `${isShared ? "shared " : ""}${statements.map(({ text }) => text.trim()).join("; ")}`,
    )
    .join(" | ");
}

/** As knex does: a lock beside the list, and a transaction each. */
const locks = [
  "CREATE TABLE IF NOT EXISTS list (name text)",
  "CREATE TABLE IF NOT EXISTS list_lock (is_locked int)",
  "SELECT * FROM list_lock",
];
const lock = "UPDATE list_lock SET is_locked = 1";
const unlock = "UPDATE list_lock SET is_locked = 0";
const add = (name: string) => execute("INSERT INTO list (name) VALUES ($1)", [[name, 25]]);
const idle = [...locks, lock, "SELECT name FROM list", unlock];

test("each row of the list ends a migration and names it", async () => {
  expect(
    await cut(
      [
        ...[...locks, "INSERT INTO list_lock VALUES (0)", "SELECT pg_advisory_lock(1), version()", lock],
        ...[
          "BEGIN",
          "CREATE TABLE a ()",
          "SELECT count(*) FROM pg_class",
          "CREATE INDEX i ON a ((1))",
          add("1_a.js"),
          "COMMIT",
        ],
        ...["CREATE TABLE b ()", "BEGIN", "INSERT INTO b VALUES (1)", add("2_b.ts"), "COMMIT", unlock],
      ],
      idle,
    ),
  ).toEqual(["1_a: CREATE TABLE a (); CREATE INDEX i ON a ((1))", "2_b: CREATE TABLE b () | INSERT INTO b VALUES (1)"]);
});

test("a transaction of all migrations is shared by them, also with the list's own table", async () => {
  const create = "CREATE TABLE list (name text)";
  expect(
    await cut(
      [
        "SELECT 1 FROM pg_class",
        "BEGIN",
        create,
        "CREATE TABLE a ()",
        add("a"),
        "CREATE TABLE b ()",
        add("b"),
        "COMMIT",
      ],
      ["SELECT name FROM list"],
    ),
  ).toEqual(["a: shared CREATE TABLE a ()", "b: shared CREATE TABLE b ()"]);
});

test("a row that is written before its migration, and changed or written again after it, is its", async () => {
  const start = (id: string) =>
    execute("INSERT INTO list (id, name) VALUES ($1, $2)", [
      [`id ${id}`, 25],
      [id, 25],
    ]);
  const finish = (id: string) =>
    execute("UPDATE list SET finished_at = now(), steps = 1 WHERE id = $1", [[`id ${id}`, 25]]);
  const create = "CREATE TABLE list (id text, name text, finished_at timestamptz, steps int)";
  const select = "SELECT name FROM list";
  expect(await cut([create, start("a"), "CREATE TABLE a ()", finish("a"), start("b"), finish("b")], [select])).toEqual([
    "a: CREATE TABLE a ()",
    "b: ",
  ]);
  const write = (version: number, dirty: string) => [
    ...["BEGIN", "TRUNCATE list", `INSERT INTO list (version, dirty) VALUES (${version}, ${dirty})`, "COMMIT"],
  ];
  expect(
    await cut(
      [
        ...[
          "CREATE TABLE list (version bigint, dirty boolean)",
          ...write(1, "true"),
          "CREATE TABLE a ()",
          ...write(1, "false"),
        ],
        ...[...write(2, "true"), "CREATE TABLE b ()", ...write(2, "false")],
      ],
      ["SELECT version, dirty FROM list"],
    ),
  ).toEqual(["1: CREATE TABLE a ()", "2: CREATE TABLE b ()"]);
});

test("a list of one row is named by each change", async () => {
  expect(
    await cut(
      [
        ...[
          "CREATE TABLE list (version_num text)",
          "CREATE TABLE a ()",
          "INSERT INTO list (version_num) VALUES ('ab12')",
        ],
        ...["CREATE TABLE b ()", "UPDATE list SET version_num = 'cd34' WHERE version_num = 'ab12'"],
      ],
      ["SELECT version_num FROM list"],
    ),
  ).toEqual(["ab12: CREATE TABLE a ()", "cd34: CREATE TABLE b ()"]);
});

test("names that two applications share begin with that of the application", async () => {
  const row = (app: string, name: string) =>
    execute("INSERT INTO list (app, name, applied) VALUES ($1, $2, $3)", [
      [app, 25],
      [name, 25],
      ["2026-01-01 00:00:00", 1184],
    ]);
  expect(
    await cut(
      [
        "CREATE TABLE list ()",
        "CREATE TABLE a ()",
        row("auth", "0001_initial"),
        "CREATE TABLE b ()",
        row("shop", "0001_initial"),
        row("shop", "0002_more"),
      ],
      ["SELECT * FROM list"],
    ),
  ).toEqual(["auth.0001_initial: CREATE TABLE a ()", "shop.0001_initial: CREATE TABLE b ()", "shop.0002_more: "]);
});

test("what the tool sends in each run is the base, and what it writes after each run is left out", async () => {
  const extension = "CREATE EXTENSION IF NOT EXISTS pgcrypto";
  expect(
    await cut(
      [
        ...["CREATE TABLE list (name text)", extension, "BEGIN", "CREATE TABLE content ()", add("a"), "COMMIT"],
        ...[
          "BEGIN",
          "INSERT INTO content VALUES (1)",
          add("b"),
          "COMMIT",
          "SELECT * FROM content",
          "INSERT INTO content VALUES (2)",
        ],
      ],
      ["SELECT name FROM list", extension, "SELECT * FROM content"],
    ),
  ).toEqual([
    `base: ${extension}`,
    "a: CREATE TABLE content ()",
    "b: INSERT INTO content VALUES (1)",
    "hooked: content",
  ]);
});

test("what prepares a session in each run is no base, and a function of the user's is", async () => {
  const timeout =
    "WITH timeout AS (SELECT set_config('lock_timeout', '9', false)) SELECT pg_advisory_lock(1) FROM timeout";
  const list = "SELECT name FROM list";
  const prepare = ["SET TIME ZONE 'Europe/Paris'", `SET search_path TO app; ${timeout}`];
  const first = (sent: readonly string[]) => [...sent, "CREATE TABLE list (name text)", "CREATE TABLE a ()", add("a")];

  expect(await cut(first(prepare), [...prepare, list])).toEqual(["a: CREATE TABLE a ()"]);
  const filled = timeout.replace("pg_advisory_lock(1)", "fill()");
  expect(await cut(first([filled]), [filled, list])).toEqual([`base: ${filled}`, "a: CREATE TABLE a ()"]);
});

test("a SELECT that calls a function of the user's or changes a sequence is part of the migration", async () => {
  expect(
    await cut(
      [
        "CREATE TABLE list (name text)",
        "SELECT setval('s', 3)",
        "SELECT fill()",
        "SELECT app.version()",
        "SELECT version()",
        add("a"),
      ],
      ["SELECT name FROM list"],
    ),
  ).toEqual(["a: SELECT setval('s', 3) | SELECT fill() | SELECT app.version()"]);
});

test("a down is named by the row that it deletes", async () => {
  const first = [...locks, "INSERT INTO list_lock VALUES (0)", lock, "CREATE TABLE a ()", add("1_a.js"), unlock];
  const remove = execute("DELETE FROM list WHERE name = $1", [["1_a.js", 25]]);
  expect(await cut(first, idle, [...idle.slice(0, -1), "BEGIN", "DROP TABLE a", remove, "COMMIT", unlock])).toEqual([
    "1_a: DROP TABLE a",
  ]);
  expect(await cut(first, idle, [...idle.slice(0, -1), remove, unlock])).toEqual(["1_a: "]);
});

test("a list of one row names the migration that it is changed to, and in a down the one that it was", async () => {
  const move = (to: string, from: string) => `UPDATE version SET num = '${to}' WHERE num = '${from}'`;
  const ups = [
    ...["CREATE TABLE version (num text)", "CREATE TABLE a ()", "INSERT INTO version (num) VALUES ('one')"],
    // One without a statement, and one that merges two branches.
    ...[move("two", "one"), "CREATE TABLE c ()", "INSERT INTO version (num) VALUES ('three')"],
    ...["DELETE FROM version WHERE num = 'three'", move("four", "two"), "CREATE TABLE e ()", move("five", "four")],
  ];
  const read = ["BEGIN", "SELECT num FROM version", "ROLLBACK"];

  expect(await cut(ups, read)).toEqual([
    ...["one: CREATE TABLE a ()", "two: ", "three: CREATE TABLE c ()", "four: ", "five: CREATE TABLE e ()"],
  ]);
  expect(await cut(ups, read, ["SELECT num FROM version", "DROP TABLE e", move("four", "five")])).toEqual([
    "five: DROP TABLE e",
  ]);
});
