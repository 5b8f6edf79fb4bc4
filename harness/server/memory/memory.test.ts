/**
 * Memory against PostgreSQL: whatever memory decides, PostgreSQL decides alike. The server is there to be compared with.
 */
import {
  type Arbitrary,
  array,
  assert,
  asyncProperty,
  constant,
  constantFrom,
  oneof,
  record,
  tuple,
} from "fast-check";
import { newDb } from "pg-mem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DatabaseProvider } from "../../database/databases.ts";
import type { Outcome, Session } from "../../database/session.ts";
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

const nothing = { parts: [], build: () => Promise.resolve() };

/** Does the work in a database of its own, in memory or on the server. */
async function within<Result>(
  clones: DatabaseProvider,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  await using database = await clones.clone(nothing);

  return await work(await database.connect());
}

/** What came of the last of the statements: rows, or the refusal; undefined where memory does not decide. */
async function outcomeOf(clones: DatabaseProvider, statements: readonly string[]): Promise<unknown> {
  return await within(clones, async (session) => {
    try {
      let last: Outcome | undefined;
      for (const statement of statements) last = await session.attempt(statement);

      return last?.refusal === undefined ? { rows: last?.rows } : { refused: last.refusal.code.slice(0, 2) };
    } catch (error) {
      if (error instanceof Inconclusive) return undefined;
      throw error;
    }
  });
}

const columns = () => constantFrom("a", "b", "c");
const numbers = () => oneof(constantFrom(0, 1, -1, 2_147_483_647, -2_147_483_648), constantFrom(5, 6, 7));
const values = () =>
  oneof({ weight: 3, arbitrary: numbers().map(String) }, { weight: 1, arbitrary: constant("NULL") });
const comparisons = (): Arbitrary<string> =>
  tuple(columns(), constantFrom("=", "<>", "<", "<=", ">", ">="), oneof(columns(), numbers())).map((parts) =>
    parts.join(" "),
  );

test("what the constraints of a table take and refuse in memory, PostgreSQL takes and refuses", async () => {
  const seen = { taken: 0, refused: 0 };
  const cases = record({
    named: array(comparisons(), { maxLength: 4 }),
    beside: comparisons(),
    notNull: columns(),
    rows: array(tuple(values(), values(), values()), { minLength: 4, maxLength: 8 }),
  });
  await assert(
    asyncProperty(cases, async ({ named, beside, notNull, rows }) => {
      const definition = [
        `CREATE TABLE t (id integer PRIMARY KEY, a integer, c integer, b integer DEFAULT 1 CHECK (${beside}))`,
        `ALTER TABLE t ALTER COLUMN ${notNull} SET NOT NULL`,
        ...named.map((check, at) => `ALTER TABLE t ADD CONSTRAINT check_${at} CHECK (${check}) NOT VALID`),
        ...named.map((_, at) => `ALTER TABLE t VALIDATE CONSTRAINT check_${at}`),
      ];
      const writes = rows.flatMap(([a, b, c], at) => [
        `INSERT INTO t (id, a, b, c) VALUES (${at % 5}, ${a}, ${b}, ${c})`,
        `UPDATE t SET a = ${b}, c = ${a} WHERE id = ${at % 3}`,
      ]);
      const play = (clones: DatabaseProvider) =>
        within(clones, async (session) => {
          for (const statement of definition) await session.attempt(statement);
          const told: string[] = [];
          for (const write of writes) told.push(await toldBy(session, write));

          return told;
        });
      const [mine, theirs] = await Promise.all([play(memory), play(databases)]);
      for (const told of mine) seen[told.startsWith("taken") ? "taken" : "refused"] += 1;
      for (const [at, told] of mine.entries()) expect(theirs[at]).toContain(told);
    }),
    { numRuns: 60 },
  );
  expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(50);
});

/** The kind of the refusal; and what it says, where that is certain. */
async function toldBy(session: Session, write: string): Promise<string> {
  const { refusal } = await session.attempt(write);
  if (refusal === undefined) return "taken";
  try {
    return `refused 23: ${refusal.message}`;
  } catch (error) {
    if (!(error instanceof Inconclusive)) throw error;

    return "refused 23";
  }
}

/** Statements of which the last comes to something else in pg-mem. */
const MISTAKEN: readonly (readonly [what: string, ...statements: string[]])[] = [
  [
    "AND beside a NULL",
    "CREATE TABLE t (a integer, b integer, CONSTRAINT ab CHECK (a > 0 AND b > 0))",
    "INSERT INTO t (a, b) VALUES (NULL, 0)",
  ],
  [
    "OR beside a NULL",
    "CREATE TABLE t (a integer, b integer, CONSTRAINT ab CHECK (a > 0 OR b > 0))",
    "INSERT INTO t (a, b) VALUES (NULL, 0)",
  ],
  ["IN of a NULL", "CREATE TABLE t (a integer CHECK (a IN (1, 2)))", "INSERT INTO t (a) VALUES (NULL)"],
  ["a number that is too large", "CREATE TABLE t (a integer)", "INSERT INTO t (a) VALUES (3000000000)"],
  [
    "a sum that is too large in an index",
    "CREATE TABLE t (a integer, b integer)",
    "CREATE INDEX ab ON t (a, (a + b))",
    "INSERT INTO t (a, b) VALUES (2147483647, 1)",
  ],
  [
    "a check on a column that has another name now",
    "CREATE TABLE t (a integer CHECK (a > 0))",
    "ALTER TABLE t RENAME COLUMN a TO b",
    "INSERT INTO t (b) VALUES (-1)",
  ],
  [
    "what a definition makes of rows",
    "CREATE TABLE t (a integer)",
    "INSERT INTO t (a) VALUES (1)",
    "ALTER TABLE t ADD CONSTRAINT late CHECK (a < 0) NOT VALID",
  ],
  [
    "the catalog",
    "CREATE TABLE t (a integer CHECK (a > 0))",
    "SELECT conname FROM pg_constraint WHERE conname = 't_a_check'",
  ],
];

test.each(MISTAKEN)("pg-mem is wrong about %s, and memory leaves it undecided", async (_, ...statements) => {
  const raw = newDb().public;
  const inPgMem = statements.map((statement) => {
    try {
      return { rows: raw.many(statement).map((row) => Object.values(row)) };
    } catch {
      return { refused: "23" };
    }
  });
  const onServer = await outcomeOf(databases, statements);

  expect(inPgMem.at(-1)).not.toEqual(onServer);
  expect(await outcomeOf(memory, statements)).toBeUndefined();
});

test("plain queries of rows that a transaction wrote find them, until it is rolled back", async () => {
  const statements = [
    "CREATE TABLE t (a integer, b text)",
    "BEGIN",
    "INSERT INTO t (a, b) VALUES (1, 'x'), (2, NULL)",
  ];
  const query = "SELECT a, b FROM t WHERE a > 0";

  const inside = [...statements, query];
  expect(await outcomeOf(memory, inside)).toEqual(await outcomeOf(databases, inside));
  const after = [...statements, "ROLLBACK", query];
  expect(await outcomeOf(memory, after)).toEqual({ rows: [] });
});

test("code that could change a table, or rows that are there, is not passed over", async () => {
  const table = "CREATE TABLE t (a integer CHECK (a > 0))";
  const insert = "INSERT INTO t (a) VALUES (-1)";
  const harmless = "DO $$ BEGIN PERFORM 1; END $$";

  expect(await outcomeOf(memory, [table, harmless, insert])).toEqual({ refused: "23" });
  expect(await outcomeOf(memory, [table, harmless, "SELECT a FROM t"])).toBeUndefined();
  expect(
    await outcomeOf(memory, [
      table,
      "DO $$ BEGIN EXECUTE 'alter ta' || 'ble t drop constraint t_a_check'; END $$",
    ]),
  ).toBeUndefined();
  expect(await outcomeOf(memory, [table, "INSERT INTO t (a) VALUES (1)", harmless])).toBeUndefined();
});

test("a function whose result is a table changes none, whatever else it says", async () => {
  const table = "CREATE TABLE t (a integer CHECK (a > 0))";
  const insert = "INSERT INTO t (a) VALUES (-1)";
  const returning = (body: string) =>
    `CREATE FUNCTION f() RETURNS TABLE (b integer) LANGUAGE plpgsql AS $$ BEGIN ${body} END $$`;

  expect(await outcomeOf(memory, [table, returning("RETURN QUERY SELECT 1;"), insert])).toEqual({
    refused: "23",
  });
  expect(
    await outcomeOf(memory, [table, returning("ALTER TABLE t DROP CONSTRAINT t_a_check;"), insert]),
  ).toBeUndefined();
});

test("a database in memory has one session at a time, and the next to use it finds it as it was made", async () => {
  const recipe = {
    parts: ["t"],
    build: async (session: Session) => void (await session.query("CREATE TABLE t (a integer)")),
  };
  {
    await using database = await memory.clone(recipe);
    const session = await database.connect();
    await expect(database.connect()).rejects.toThrow(Inconclusive);
    await session.query("BEGIN");
    await session.query("INSERT INTO t (a) VALUES (1)");
    await session[Symbol.asyncDispose]();
    await (await database.connect()).query("INSERT INTO t (a) VALUES (2)");
  }
  await using again = await memory.clone(recipe);

  expect(await (await again.connect()).query("SELECT a FROM t")).toEqual([]);
});

describe("what was defined", () => {
  const recipe = {
    parts: ["defined"],
    build: async (session: Session) => void (await session.query("CREATE TABLE t (a integer)")),
  };
  const check = "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0)";
  const insert = "INSERT INTO t (a) VALUES (-1)";
  const untold = "SELECT a::text FROM t";

  test("in one case is not there in the next", async () => {
    for (const statements of [[check], [], [check]]) {
      await using database = await memory.clone(recipe);
      const session = await database.connect();
      for (const statement of statements) await session.query(statement);

      expect((await session.attempt(insert)).refusal?.code.slice(0, 2)).toBe(
        statements.includes(check) ? "23" : undefined,
      );
    }
  });

  test("by a text that fails is taken back", async () => {
    await using database = await memory.clone(recipe);
    const session = await database.connect();
    await expect(session.query(`${check}; ${untold}`)).rejects.toThrow(Inconclusive);

    expect((await session.attempt(insert)).refusal).toBeUndefined();
    expect(await session.query("SELECT a FROM t")).toEqual([{ a: "-1" }]);
  });
});
