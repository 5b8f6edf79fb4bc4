import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { queryPinned } from "../database/pinned-settings.ts";
import type { Server } from "../database/server.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { type RowOptions, readRows, type TableRows } from "./rows.ts";

let server: Server;
let client: Client;

const read = (table: string, options: RowOptions = { key: ["id"] }): Promise<TableRows> =>
  readRows((question) => queryPinned((sql, values) => client.query(sql, values), question), table, options);

beforeAll(async () => {
  server = await startEmbedded();
  const admin = new Client(server.connection("postgres"));
  await admin.connect();
  await admin.query("CREATE DATABASE catalog_rows");
  await admin.end();
  client = new Client(server.connection("catalog_rows"));
  await client.connect();
}, 60_000);

afterAll(async () => {
  await client?.end();
  await server?.[Symbol.asyncDispose]();
});

test("values are exact, whatever their type and the session's settings", async () => {
  await client.query(`
    CREATE TABLE exact (id bigint PRIMARY KEY, n numeric, f float8, s text, j json, a text[], b bytea, at timestamptz);
    INSERT INTO exact VALUES
      (9007199254740993, 1.10, 0.1::float8 + 0.2, E'<&amp;>\\r\\n\\u0001"', '{"a":  1, "a": 2}', '{NULL,"NULL"}', '\\xff',
       '2020-01-01 00:00:00.000001+00'),
      (10, 'NaN', '-0', '', 'null', '[0:0]={x}', '', 'infinity'),
      (9, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    SET TimeZone = 'Asia/Tokyo'; SET bytea_output = escape; SET extra_float_digits = 0; SET search_path = ''`);

  expect((await read("public.exact")).rows).toEqual([
    { id: "9", n: null, f: null, s: null, j: null, a: null, b: null, at: null },
    { id: "10", n: "NaN", f: "-0", s: "", j: "null", a: "[0:0]={x}", b: "\\x", at: "infinity" },
    {
      id: "9007199254740993",
      n: "1.10",
      f: "0.30000000000000004",
      s: '<&amp;>\r\n\u0001"',
      j: '{"a":  1, "a": 2}',
      a: '{NULL,"NULL"}',
      b: "\\xff",
      at: "2020-01-01 00:00:00.000001+00",
    },
  ]);
  await client.query("RESET ALL");
});

test("rows from before a migration compare with those after it", async () => {
  await client.query(
    "CREATE TABLE grown (id int PRIMARY KEY, v text, seen int); INSERT INTO grown VALUES (1, 'a', 1), (2, 'b', 1)",
  );
  const options = { key: ["id"], except: ["seen", "no_such_column"] };
  const before = await read("public.grown", options);
  await client.query(
    "ALTER TABLE grown ADD extra int DEFAULT 0; UPDATE grown SET seen = 2; UPDATE grown SET v = NULL WHERE id = 2",
  );

  const after = await read("public.grown", { ...options, only: before.columns });

  expect(after).toEqual({ ...before, rows: [before.rows[0], { id: "2", v: null }] });
});

test("odd names and an empty table are read like any other", async () => {
  await client.query(
    `CREATE TABLE public."Odd ""na.me" ("a ""b" int, "__proto__" int, gone int); ALTER TABLE public."Odd ""na.me" DROP gone`,
  );
  const table = `public."Odd ""na.me"`;

  expect(await read(table, { key: ['a "b'] })).toEqual({
    table,
    key: ['a "b'],
    columns: ['a "b', "__proto__"],
    rows: [],
  });
});

test.each([
  ["public.absent", ["id"], "there is no table public.absent to read rows from"],
  ["twins", ["id"], "there is no table twins to read rows from"],
  ["public.twins", ["nothing"], "public.twins has no column nothing"],
  ["public.twins", [], "no key is given to identify the rows of public.twins"],
  ["public.twins", ["id"], "the key (id) does not identify each row of public.twins"],
])("%s by %j is rejected with the reason", async (table, key, message) => {
  await client.query(
    "CREATE TABLE IF NOT EXISTS twins (id int); TRUNCATE twins; INSERT INTO twins VALUES (NULL), (NULL)",
  );

  await expect(read(table, { key })).rejects.toMatchObject({ name: "HarnessError", message });
});
