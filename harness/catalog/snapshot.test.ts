import { afterAll, beforeAll, expect, test } from "vitest";
import { pinForSession } from "../database/pinned-settings.ts";
import type { Server } from "../database/server.ts";
import { Session } from "../database/session.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { readSnapshot, type Snapshot } from "./snapshot.ts";

let server: Server;
let session: Session;
let observer: Session;

beforeAll(async () => {
  server = await startEmbedded();
  await using admin = await Session.open(server.connection("postgres"));
  await admin.query("CREATE DATABASE snapshots");
  session = await Session.open(server.connection("snapshots"));
  observer = await pinForSession(await Session.open(server.connection("snapshots")));
});

afterAll(async () => {
  await session?.[Symbol.asyncDispose]();
  await observer?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

const find = ({ tables }: Snapshot, name: string) => tables.find((table) => table.name === name);

test("rows are texts in UTC, whatever the session's time zone; NULL is no text", async () => {
  await session.query(`SET TimeZone = 'Asia/Kolkata';
    CREATE TABLE moments (id int PRIMARY KEY, gone int, at timestamptz, label text);
    ALTER TABLE moments DROP gone;
    INSERT INTO moments VALUES (2, '2024-01-01 05:30', ''), (1, NULL, NULL);`);
  const moments = find(await readSnapshot(observer), "moments");

  expect(moments).toMatchObject({ schema: "public", kind: "r", key: [1] });
  expect(moments?.columns).toEqual([
    { number: 1, name: "id", type: "integer" },
    { number: 3, name: "at", type: "timestamp with time zone" },
    { number: 4, name: "label", type: "text" },
  ]);
  expect(moments?.rows).toEqual([
    ["1", null, null],
    ["2", "2024-01-01 00:00:00+00", ""],
  ]);
});

test("each row is there once: of a partition through its root, of a child in its own table", async () => {
  await session.query(`
    CREATE TABLE parts (n int NOT NULL) PARTITION BY LIST (n);
    CREATE TABLE parts_one PARTITION OF parts FOR VALUES IN (1);
    CREATE TABLE general (a int); CREATE TABLE special () INHERITS (general); CREATE TABLE empty ();
    CREATE TEMPORARY TABLE passing (a int);
    INSERT INTO parts VALUES (1); INSERT INTO general VALUES (1); INSERT INTO special VALUES (2);`);
  const snapshot = await readSnapshot(observer);

  expect(find(snapshot, "parts")).toMatchObject({ kind: "p", key: [], rows: [["1"]] });
  expect(find(snapshot, "general")?.rows).toEqual([["1"]]);
  expect(find(snapshot, "special")?.rows).toEqual([["2"]]);
  expect(find(snapshot, "empty")).toMatchObject({ columns: [], rows: [] });
  expect(find(snapshot, "parts_one")).toBeUndefined();
  expect(find(snapshot, "passing")).toBeUndefined();
});

test.each([
  ["a unique key without NULLs", "(a int NOT NULL UNIQUE, b int PRIMARY KEY)", [2]],
  ["a key of two columns", "(a int NOT NULL, b int NOT NULL, UNIQUE (b, a))", [2, 1]],
  ["none where NULLs are allowed", "(a int UNIQUE)", []],
  ["none where a part is an expression", "(a int NOT NULL, EXCLUDE (abs(a) WITH =))", []],
])("the key of a table is %s", async (_, columns, key) => {
  await session.query(`DROP TABLE IF EXISTS keyed; CREATE TABLE keyed ${columns}`);

  expect(find(await readSnapshot(observer), "keyed")?.key).toEqual(key);
});

test("a sequence has its position, and the columns that it fills", async () => {
  await session.query(`
    CREATE SEQUENCE "odd one" INCREMENT -2 MAXVALUE 9223372036854775807 START 9223372036854775807;
    CREATE TABLE numbered (a serial, b bigint DEFAULT nextval('"odd one"'), c int GENERATED ALWAYS AS IDENTITY);
    SELECT nextval('numbered_a_seq'), setval('numbered_c_seq', 5, false);`);
  const snapshot = await readSnapshot(observer);
  const table = find(snapshot, "numbered")?.oid;

  expect(snapshot.sequences.filter(({ usedBy }) => usedBy.some((column) => column.table === table))).toMatchObject([
    { name: 'public."odd one"', lastValue: "9223372036854775807", increment: "-2", usedBy: [{ table, column: 2 }] },
    { name: "public.numbered_a_seq", lastValue: "1", isCalled: true, usedBy: [{ table, column: 1 }] },
    { name: "public.numbered_c_seq", lastValue: "5", isCalled: false, usedBy: [{ table, column: 3 }] },
  ]);
});

test("an object keeps its identity when it is renamed or moved", async () => {
  await session.query("CREATE SCHEMA other; CREATE TABLE old (a int CONSTRAINT small CHECK (a < 5));");
  const before = await readSnapshot(observer);
  await session.query(
    "ALTER TABLE old RENAME a TO b; ALTER TABLE old RENAME TO fresh; ALTER TABLE fresh SET SCHEMA other",
  );
  const after = await readSnapshot(observer);
  const same = (one: string, other: string) => [before.identities.get(one), after.identities.get(other)];

  for (const [one, other] of [
    same("table public.old", "table other.fresh"),
    same("column public.old.a", "column other.fresh.b"),
    same("constraint public.old.small", "constraint other.fresh.small"),
  ]) {
    expect(one).toMatch(/^\d+,\d+,\d+$/);
    expect(other).toBe(one);
  }
  expect([...before.catalog.keys()].filter((name) => !before.identities.has(name))).toEqual([]);
});
