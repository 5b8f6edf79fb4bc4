/** Compares memory with PostgreSQL: what memory decides, PostgreSQL decides in the same way. */
import { type Arbitrary, array, assert, asyncProperty, constantFrom, tuple } from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DatabaseProvider } from "../../database/database-provider.ts";
import { Databases } from "../../database/databases.ts";
import type { Server } from "../../database/server.ts";
import { HarnessError, Inconclusive } from "../../errors.ts";
import { startEmbedded } from "../embedded/embedded.ts";
import { openMemory } from "./memory.ts";

let server: Server;
let postgres: Databases;
let memory: DatabaseProvider;

beforeAll(async () => {
  server = await startEmbedded();
  postgres = new Databases(server);
  ({ databases: memory } = await openMemory());
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

type Transaction = readonly string[];

/** For each transaction "accepted" or its error; undefined where it is not decided. */
async function run(
  provider: DatabaseProvider,
  definitions: readonly string[],
  transactions: readonly Transaction[],
): Promise<readonly (string | undefined)[]> {
  const parts = [...definitions];
  try {
    await using database = await provider.clone({
      parts,
      build: async (session) => {
        for (const definition of parts) await session.query(definition);
      },
    });
    await using session = await database.connect();
    const results: (string | undefined)[] = [];
    for (const transaction of transactions) {
      try {
        const { error } = await session.tryAndRollBack(transaction);
        results.push(error === undefined ? "accepted" : `${error.code} ${error.message}`);
      } catch (error) {
        if (!(error instanceof Inconclusive)) throw error;
        results.push(undefined);
      }
    }

    return results;
  } catch (error) {
    if (error instanceof Inconclusive) return transactions.map(() => undefined);
    if (error instanceof HarnessError) return transactions.map(() => `rejected: ${error.message}`);
    throw error;
  }
}

async function compare(definitions: readonly string[], transactions: readonly Transaction[]): Promise<number> {
  const decided = await run(memory, definitions, transactions);
  const right = await run(postgres, definitions, transactions);

  expect(decided).toEqual(decided.map((result, at) => result && right[at]));

  return decided.filter((result) => result !== undefined).length;
}

/** Text with generated parts. */
function sql(words: TemplateStringsArray, ...parts: Arbitrary<string>[]): Arbitrary<string> {
  return tuple(...parts).map((chosen) => words.reduce((text, word, at) => text + chosen[at - 1] + word));
}

const column = () => constantFrom("a", "b", "c");
const value = () => constantFrom("0", "1", "-1", "5", "2147483647", "-2147483648", "NULL", "NULL", "'x'");
const comparison = () =>
  sql`${column()} ${constantFrom("=", "<>", "<", "<=", ">", ">=")} ${constantFrom("a", "b", "0", "1", "-1")}`;
const definition = () =>
  constantFrom(
    sql`ALTER TABLE t ADD CONSTRAINT ${constantFrom("k1", "k0", "t_a_check")} CHECK (${comparison()}) ${constantFrom("", "NOT VALID")}`,
    sql`ALTER TABLE t ADD CHECK (${comparison()})`,
    sql`ALTER TABLE t VALIDATE CONSTRAINT ${constantFrom("k1", "t_a_check")}`,
    sql`ALTER TABLE t DROP CONSTRAINT ${constantFrom("", "IF EXISTS ")}${constantFrom("k1", "t_a_check", "t_pkey")}`,
    sql`ALTER TABLE t ADD CONSTRAINT k2 CHECK (d > 0), ADD COLUMN d integer DEFAULT 1, DROP CONSTRAINT IF EXISTS k2`,
    sql`ALTER TABLE t ADD COLUMN ${constantFrom("", "IF NOT EXISTS ")}${constantFrom("c", "e", "xmin")} integer CHECK (a < 5)`,
    sql`ALTER TABLE t VALIDATE CONSTRAINT k1, ${constantFrom("DROP", "ADD")} CONSTRAINT k1 ${constantFrom("", "CHECK (a > 1) NOT VALID")}`,
    sql`ALTER TABLE t DROP COLUMN ${constantFrom("", "IF EXISTS ")}${constantFrom("b", "z")}`,
    sql`CREATE INDEX i ON t (${column()}, (${column()} + ${column()})) WHERE ${comparison()}`,
  ).chain((text) => text);
const write = () =>
  constantFrom(
    sql`INSERT INTO t (id, a, b) VALUES (${constantFrom("0", "1", "NULL")}, ${value()}, ${value()})`,
    sql`INSERT INTO t (id, c) VALUES (${constantFrom("0", "1")}, ${value()})`,
    sql`UPDATE t SET ${column()} = ${value()}, a = ${value()} WHERE id = ${constantFrom("0", "1")}`,
    sql`UPDATE t SET ${column()} = ${value()} WHERE id = ${constantFrom("0", "1")}`,
  ).chain((text) => text);
const constraints = () => constantFrom("", "NOT NULL", "DEFAULT 3", "NOT NULL DEFAULT -1", "CHECK (a > 0)");
const table = () => sql`CREATE TABLE t (id integer PRIMARY KEY, b integer, a integer ${constraints()}, c integer)`;

test("what memory decides about generated definitions and writes is what PostgreSQL does", async () => {
  let decided = 0;
  const programs = asyncProperty(
    table(),
    array(definition(), { maxLength: 3 }),
    array(array(write(), { minLength: 1, maxLength: 3 }), { minLength: 8, maxLength: 8, size: "max" }),
    async (create, definitions, transactions) => {
      decided += await compare([create, ...definitions], transactions);
    },
  );
  await assert(programs, { numRuns: 40 });

  expect(decided).toBeGreaterThan(100);
}, 60_000);

const checked = "CREATE TABLE t (a integer CONSTRAINT c CHECK (a > 0))";
const keyed = "CREATE TABLE t (id uuid PRIMARY KEY, a integer, m timestamptz DEFAULT now())";
const id = "'00000000-0000-4000-8000-000000000000'";
const insert = (a: string) => [`INSERT INTO t (a) VALUES (${a})`];
const code = (body: string) => `DO $$ BEGIN ${body} END $$`;

const CASES: readonly (readonly [what: string, definitions: readonly string[], ...transactions: Transaction[]])[] = [
  ["rows by code", ["CREATE TABLE t (a integer PRIMARY KEY)", code("INSERT INTO t VALUES (1);")], insert("1")],
  [
    "rows by code that is called",
    [
      "CREATE TABLE t (a integer PRIMARY KEY)",
      `CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN INSERT INTO "public"."t" VALUES (1); END $$`,
      code("PERFORM f();"),
    ],
    insert("1"),
  ],
  [
    "the path of the tables' own schema, for a transaction",
    [
      checked,
      "BEGIN",
      "SELECT set_config('search_path', string_agg(relnamespace::regnamespace::text, ', ') || ', pg_temp', TRUE) FROM pg_class WHERE oid = 't'::regclass",
      "ALTER TABLE t ADD CONSTRAINT d CHECK (a < 9)",
      "COMMIT",
    ],
    ...[insert("-1"), insert("9"), insert("8")],
  ],
  [
    "what was rolled back",
    [checked, "BEGIN", "ALTER TABLE t ADD CONSTRAINT d CHECK (a < 9)", "ROLLBACK"],
    ...[insert("-1"), insert("9")],
  ],
  ["another path", ["CREATE TABLE t (a integer)", "SELECT set_config('search_path', 'pg_temp', TRUE)"], insert("1")],
  ["a comment mark in a string", [checked, code("RAISE NOTICE '--'; ALTER TABLE t DROP CONSTRAINT c;")], insert("-1")],
  ["an index by code", [checked, code("CREATE UNIQUE INDEX u ON t (a);")], [...insert("1"), ...insert("1")]],
  [
    "a statement that is put together",
    [checked, "DO $$ DECLARE q text := 'alt'||'er ta'||'ble t drop constraint c'; BEGIN EXECUTE q; END $$"],
    insert("-1"),
  ],
  [
    "a statement after a grant",
    [checked, code("EXECUTE 'GRANT SELECT ON t TO public; ALTER TABLE t DROP CONSTRAINT c';")],
    insert("-1"),
  ],
  [
    "an escaped semicolon after a grant",
    [checked, code("EXECUTE E'GRANT SELECT ON t TO public\\073 ALTER TABLE t DROP CONSTRAINT c';")],
    insert("-1"),
  ],
  ["the catalog", [checked, code("UPDATE pg_catalog.pg_class SET relchecks = 0;")], insert("-1")],
  ["a setting by code", [checked, code("SET search_path = pg_temp;")], insert("1")],
  ["a setting by a function", [checked, code("PERFORM set_config('search_path', 'pg_temp', false);")], insert("1")],
  [
    "a check that is not enforced",
    ["CREATE TABLE t (a integer)", "ALTER TABLE t ADD CHECK (a > 0) NOT ENFORCED"],
    insert("-1"),
  ],
  ["a trigger", [checked, "CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING"], insert("-1")],
  ["a unique index", [checked, "CREATE UNIQUE INDEX u ON t (a)"], [...insert("1"), ...insert("1")]],
  ["a sum that overflows", [checked, "CREATE INDEX i ON t ((a + 2147483647))"], insert("1")],
  [
    "a default in a sum",
    ["CREATE TABLE t (a integer, b integer DEFAULT 2147483647)", "CREATE INDEX i ON t ((a + b))"],
    insert("1"),
  ],
  [
    "checks in the order of their names",
    ["CREATE TABLE t (a integer CONSTRAINT b CHECK (a > 5), CONSTRAINT a CHECK (a > 0))"],
    insert("-1"),
  ],
  [
    "NULL and a check",
    ["CREATE TABLE t (a integer CHECK (a > 0), b integer NOT NULL)"],
    ["INSERT INTO t (a, b) VALUES (-1, NULL)"],
  ],
  ["a key that is there", [keyed], [`INSERT INTO t (id) VALUES (${id})`, `INSERT INTO t (id) VALUES (${id})`]],
  ["a key that is no uuid", [keyed], ["INSERT INTO t (id) VALUES ('x')"]],
  ["a day that there is not", [keyed], [`INSERT INTO t (id, m) VALUES (${id}, '2021-02-29 00:00:00+00')`]],
  ["an update of no row", [keyed], [`UPDATE t SET a = NULL WHERE id = ${id}`]],
  ["a row without its key", [keyed], insert("1")],
  ["a column twice", [checked], ["INSERT INTO t (a, a) VALUES (1, 1)"]],
  ["an integer that is too large", [checked], insert("3000000000")],
  ["a transaction that commits", [checked], [...insert("1"), "COMMIT", "BEGIN", ...insert("-1")]],
  ["a transaction inside", [checked], ["ROLLBACK", "BEGIN READ ONLY", ...insert("1")]],
  ["a query", [checked], ["SELECT a FROM t"]],
  ["two defaults", ["CREATE TABLE t (a integer DEFAULT 1 DEFAULT 2)"], insert("1")],
  ["a default of another type", ["CREATE TABLE t (a integer DEFAULT now())"], insert("1")],
  [
    "a table of another form",
    ["CREATE TABLE t (a integer UNIQUE)", "CREATE INDEX i ON t (a)"],
    [...insert("1"), ...insert("1")],
  ],
  ["a setting that is none", [checked, "SET lock_timeout = 'garbage'"], insert("1")],
  ["a text that is too deep", [checked], [`SELECT ${"NOT ".repeat(4000)} true`]],
];

test.each(CASES.map(([what, ...program]) => ({ what, program })))("$what", async ({ program }) => {
  const [definitions, ...transactions] = program;
  await compare(definitions, transactions);
});

test("a release's forms are decided", async () => {
  const definitions = [
    keyed,
    "CREATE TABLE u (id bigserial PRIMARY KEY, t uuid REFERENCES t (id))",
    "CREATE INDEX u_t ON u (t)",
    "SET lock_timeout = '3s'",
    "ALTER TABLE public.t ADD COLUMN IF NOT EXISTS n integer NOT NULL DEFAULT 0 CHECK (n >= 0)",
    "ALTER TABLE t DROP CONSTRAINT IF EXISTS k, ADD CONSTRAINT k CHECK (n <= a) NOT VALID",
    "ALTER TABLE t VALIDATE CONSTRAINT k",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (id, (a - n)) WHERE n > 0",
    "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN INSERT INTO u (t) VALUES (NULL); END $$",
    code("EXECUTE format('GRANT EXECUTE ON FUNCTION f() TO %s', 'public'); PERFORM f();"),
    "RESET lock_timeout",
  ];
  const row = `INSERT INTO t (id, a) VALUES (${id}, 5)`;
  const update = (set: string) => [row, `UPDATE t SET ${set} WHERE id = ${id}`];
  const transactions = ["n = 5", "n = 6", "n = NULL", "a = NULL", "n = -1"].map(update);

  expect(await compare(definitions, transactions)).toBe(transactions.length);
});
