/**
 * Where pg-mem differs from PostgreSQL, or a database in memory once did: memory answers as PostgreSQL does, or not at
 * all.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DatabaseProvider } from "../../database/databases.ts";
import { Inconclusive } from "../../errors.ts";
import { openBoth } from "../../testing/both-servers.ts";

let both: Awaited<ReturnType<typeof openBoth>>;
let databases: DatabaseProvider;
let memory: DatabaseProvider;

beforeAll(async () => {
  both = await openBoth();
  ({ databases, memory } = both);
});
afterAll(async () => await both[Symbol.asyncDispose]());

/** What came of each text, up to the first that is undecided. */
async function played(clones: DatabaseProvider, texts: readonly string[]): Promise<readonly unknown[]> {
  await using database = await clones.clone({ parts: [], build: () => Promise.resolve() });
  const session = await database.connect();
  const told: unknown[] = [];
  try {
    for (const text of texts) {
      const { refusal, rows } = await session.attempt(text);
      told.push(refusal === undefined ? rows.map((row) => row.join()).sort() : refusal.code.slice(0, 2));
    }
  } catch (error) {
    if (!(error instanceof Inconclusive)) throw error;
  }

  return told;
}

const table = "CREATE TABLE t (a integer, b integer)";
const checked = "CREATE TABLE t (a integer CONSTRAINT c CHECK (a > 0))";
const keyed = "CREATE TABLE t (a integer PRIMARY KEY, b integer)";
const row = (a: string) => `INSERT INTO t (a) VALUES (${a})`;
const all = "SELECT a FROM t";
const running = (code: string) => `DO $$ BEGIN ${code} END $$`;

test.each<readonly [what: string, ...texts: string[]]>([
  [
    "a partial index",
    table,
    "CREATE INDEX i ON t (a) WHERE b > 0",
    "INSERT INTO t (a, b) VALUES (1, 1), (2, -1)",
    "UPDATE t SET b = 7 WHERE a = 2",
    "SELECT a, b FROM t WHERE a > 0",
  ],
  ["NULL in an index", table, "CREATE INDEX i ON t (a)", row("NULL"), "DELETE FROM t WHERE a <> 5", all],
  ["an index twice", table, "CREATE INDEX i ON t (a)", "CREATE INDEX i ON t (b)"],
  ["rows by code", keyed, running("INSERT INTO t VALUES (1);"), row("1")],
  [
    "rows by code that is called",
    "CREATE TABLE t (a integer PRIMARY KEY)",
    "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.t VALUES (1); END $$",
    running("PERFORM f();"),
    row("1"),
  ],
  [
    "a definition on rows by code",
    table,
    running("INSERT INTO t VALUES (1);"),
    "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 5)",
  ],
  [
    "a comment mark in a string",
    checked,
    running("RAISE NOTICE '--'; ALTER TABLE t DROP CONSTRAINT c;"),
    row("-1"),
  ],
  [
    "an index by code",
    table,
    running("CREATE UNIQUE INDEX u ON t (a);"),
    "INSERT INTO t (a) VALUES (1), (1)",
  ],
  [
    "a statement put together elsewhere",
    checked,
    "DO $$ DECLARE q text := 'alt'||'er ta'||'ble t drop constraint c'; BEGIN EXECUTE q; END $$",
    row("-1"),
  ],
  [
    "a statement put together by a function",
    checked,
    running("EXECUTE concat('alt', 'er table t drop constraint c');"),
    row("-1"),
  ],
  [
    "a statement behind a grant",
    checked,
    running("EXECUTE 'GRANT SELECT ON t TO public; ALTER TABLE t DROP CONSTRAINT c';"),
    row("-1"),
  ],
  ["the catalog", checked, running("UPDATE pg_catalog.pg_class SET relchecks = 0;"), row("-1")],
  ["a setting by code", table, running("PERFORM set_config('search_path', 'pg_temp', false);"), row("1")],
  ["a setting by a statement of code", table, running("SET search_path = pg_temp;"), row("1")],
  [
    "a transaction inside a text",
    checked,
    "BEGIN; INSERT INTO t (a) VALUES (1); COMMIT; INSERT INTO t (a) VALUES (-1)",
    all,
  ],
  [
    "a text that is committed in the middle",
    checked,
    "INSERT INTO t (a) VALUES (1); COMMIT; INSERT INTO t (a) VALUES (-1)",
    all,
  ],
  ["a text that ends with a rollback", checked, "INSERT INTO t (a) VALUES (1); ROLLBACK", all],
  [
    "a text that goes on behind a rollback",
    checked,
    "BEGIN",
    row("1"),
    "ROLLBACK; INSERT INTO t (a) VALUES (-1)",
    all,
  ],
  [
    "a whole transaction as a text",
    checked,
    "BEGIN; INSERT INTO t (a) VALUES (1); COMMIT",
    "BEGIN; INSERT INTO t (a) VALUES (2); ROLLBACK",
    all,
  ],
  [
    "CONCURRENTLY in a text",
    table,
    "CREATE INDEX CONCURRENTLY i ON t (a); INSERT INTO t (a) VALUES (1)",
    all,
  ],
  ["AND CHAIN", table, "BEGIN", row("1"), "ROLLBACK AND CHAIN", row("2"), "ROLLBACK", all],
  [
    "a sequence",
    "CREATE TABLE t (id serial, a integer)",
    "BEGIN",
    row("1"),
    "ROLLBACK",
    row("1"),
    "SELECT id FROM t",
  ],
  [
    "DEFAULT beside other values",
    "CREATE TABLE t (a integer DEFAULT 7, b integer)",
    "INSERT INTO t (a, b) VALUES (DEFAULT, 1), (4, 2)",
    all,
  ],
  [
    "several commands",
    checked,
    "ALTER TABLE t ADD CONSTRAINT d CHECK (a > 5), DROP CONSTRAINT IF EXISTS d",
    row("1"),
  ],
  [
    "a default that is dropped behind its setting",
    table,
    "ALTER TABLE t ALTER a SET DEFAULT 5, ALTER a DROP DEFAULT",
    "INSERT INTO t (b) VALUES (1)",
    all,
  ],
  [
    "a row that refers to itself",
    "CREATE TABLE t (a integer PRIMARY KEY, b integer REFERENCES t (a))",
    "INSERT INTO t (a, b) VALUES (1, 1)",
  ],
  [
    "a foreign key by its own name",
    keyed,
    "CREATE TABLE u (c integer REFERENCES t (a))",
    "ALTER TABLE u DROP CONSTRAINT IF EXISTS u_c_fkey",
    "INSERT INTO u (c) VALUES (1)",
  ],
  [
    "a foreign key",
    keyed,
    "CREATE TABLE u (c integer REFERENCES t (a))",
    row("1"),
    "INSERT INTO u (c) VALUES (1)",
    "INSERT INTO u (c) VALUES (2)",
    "DELETE FROM t",
  ],
  [
    "NOT ENFORCED",
    "CREATE TABLE t (a integer)",
    "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT ENFORCED",
    row("-1"),
  ],
  [
    "a default in an index that computes",
    "CREATE TABLE t (a integer, b integer DEFAULT 2147483647)",
    "CREATE INDEX i ON t ((a + b))",
    row("1"),
  ],
  [
    "a number out of range beside a key that is not there",
    keyed,
    "CREATE TABLE u (a integer REFERENCES t (a), b integer)",
    "CREATE INDEX i ON u ((a + b))",
    "INSERT INTO u (a, b) VALUES (7, 2147483647)",
  ],
  ["a constant in an index that computes", table, "CREATE INDEX i ON t ((a + 2147483647))", row("1")],
  ["columns of the same name", table, "INSERT INTO t (a, b) VALUES (1, 2)", "SELECT a, b AS a FROM t"],
  ["a count beside a column", table, row("1"), "SELECT count(*), a FROM t"],
  ["a day that there is not", "CREATE TABLE t (a timestamptz DEFAULT '2021-02-29 00:00:00+00')"],
  ["a default of another type", "CREATE TABLE t (a integer DEFAULT now())"],
  ["a condition that is none", "CREATE TABLE t (a text CHECK (a))"],
  ["a condition of an index that is none", table, "CREATE INDEX i ON t (a) WHERE b"],
  ["two defaults", "CREATE TABLE t (a integer DEFAULT 1 DEFAULT 2)"],
  ["a column twice", table, "INSERT INTO t (a, a) VALUES (1, 1)"],
  ["a column of PostgreSQL's own", "CREATE TABLE t (xmin integer)"],
  ["a primary key that may be NULL", keyed, "ALTER TABLE t ALTER a DROP NOT NULL"],
  [
    "a name that a check has by itself",
    "CREATE TABLE t (a integer CHECK (a > 0))",
    "ALTER TABLE t ADD CONSTRAINT t_a_check CHECK (a > 5)",
  ],
  ["a name that a sequence has", "CREATE TABLE t (a serial)", "CREATE TABLE t_a_seq (a integer)"],
  ["a type of another schema", "CREATE TABLE t (a public.text)"],
  ["a setting that is none", "SET lock_timeout = 'garbage'"],
  ["nothing at all", "", "-- nothing"],
])("%s", async (_, ...texts) => {
  const mine = await played(memory, texts);

  expect(mine).toEqual((await played(databases, texts)).slice(0, mine.length));
});

test("DEFAULT may be NULL, and then no check is certain to be told", async () => {
  await using database = await memory.clone({ parts: [], build: () => Promise.resolve() });
  const session = await database.connect();
  await session.query("CREATE TABLE t (a integer, b integer NOT NULL, CONSTRAINT c CHECK (a > 0))");
  await session.query("INSERT INTO t (a, b) VALUES (1, 1)");
  const { refusal } = await session.attempt("UPDATE t SET a = -1, b = DEFAULT");

  expect(() => refusal?.message).toThrow(Inconclusive);
});

test("what is too deep to be looked through is not decided", async () => {
  await using database = await memory.clone({ parts: [], build: () => Promise.resolve() });
  const session = await database.connect();
  await session.query("CREATE TABLE t (a integer)");

  await expect(session.query(`SELECT a FROM t WHERE ${"NOT ".repeat(4000)} a = 1`)).rejects.toThrow(
    Inconclusive,
  );
});

test("a transaction ends with its session, and a database with its disposal", async () => {
  const recipe = { parts: [], build: () => Promise.resolve() };
  const database = await memory.clone(recipe);
  const first = await database.connect();
  await first.query("CREATE TABLE t (a integer)");
  await first.query("BEGIN");
  await first.query(row("5"));
  await first[Symbol.asyncDispose]();
  const second = await database.connect();
  expect(await second.query(all)).toEqual([]);

  await database[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await expect(second.query(all)).rejects.toThrow();
  const [one, other] = [await memory.clone(recipe), await memory.clone(recipe)];
  await (await one.connect()).query("CREATE TABLE t (a integer)");
  await expect((await other.connect()).query(all)).rejects.toThrow(Inconclusive);
});
