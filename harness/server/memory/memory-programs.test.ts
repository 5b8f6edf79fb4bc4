/**
 * Programs of definitions, writes, queries and transactions, each run in memory and on PostgreSQL: what memory decides
 * comes to the same there.
 */
import {
  type Arbitrary,
  array,
  assert,
  asyncProperty,
  boolean,
  constantFrom,
  integer,
  oneof,
  tuple,
} from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DatabaseProvider } from "../../database/databases.ts";
import type { Outcome } from "../../database/session.ts";
import { Inconclusive } from "../../errors.ts";
import { openBoth } from "../../testing/both-servers.ts";

let both: Awaited<ReturnType<typeof openBoth>>;

beforeAll(async () => {
  both = await openBoth();
});
afterAll(async () => await both[Symbol.asyncDispose]());

const tables = () => constantFrom("t", "t", "t", "u");
const columns = () => constantFrom("a", "b", "c", "id");
const checks = () => constantFrom("k1", "k2", "t_a_check", "t_pkey");
const constants = () => constantFrom("0", "1", "-1", "5", "7", "1000000000");
const values = () => constantFrom("0", "1", "-1", "5", "7", "2147483647", "-2147483648", "NULL", "DEFAULT");
const ids = () => integer({ min: 0, max: 4 });
const comparisons = () =>
  tuple(columns(), constantFrom("=", "<>", "<", "<=", ">", ">="), oneof(columns(), constants())).map(
    ([left, operator, right]) => `${left} ${operator} ${right}`,
  );
const conditions = () => array(comparisons(), { minLength: 1, maxLength: 2 }).map((all) => all.join(" AND "));
const types = () =>
  tuple(
    constantFrom("integer", "bigint"),
    constantFrom("", " NOT NULL", " DEFAULT 3", " DEFAULT -1 NOT NULL", " CHECK (a > 0)"),
  ).map((words) => words.join(""));

/** Statements made of parts that stand between these words. */
function said(words: TemplateStringsArray, ...parts: Arbitrary<string | number>[]): Arbitrary<string> {
  return tuple(...parts).map((chosen) => words.reduce((text, word, at) => text + chosen[at - 1] + word));
}

const definitions = () =>
  oneof(
    said`ALTER TABLE ${tables()} ADD CONSTRAINT ${checks()} CHECK (${comparisons()})${constantFrom("", " NOT VALID")}`,
    said`ALTER TABLE ${tables()} VALIDATE CONSTRAINT ${checks()}`,
    said`ALTER TABLE ${tables()} DROP CONSTRAINT ${constantFrom("", "IF EXISTS ")}${checks()}`,
    said`ALTER TABLE ${tables()} ALTER ${columns()} ${constantFrom("SET NOT NULL", "DROP NOT NULL")}`,
    said`ALTER TABLE ${tables()} ALTER ${columns()} ${constantFrom("SET DEFAULT 4", "DROP DEFAULT")}`,
    said`ALTER TABLE ${tables()} ADD COLUMN ${constantFrom("", "IF NOT EXISTS ")}${constantFrom("a", "d")} ${types()}`,
    said`ALTER TABLE ${tables()} DROP COLUMN ${constantFrom("", "IF EXISTS ")}${constantFrom("a", "z")}`,
    said`CREATE INDEX ${constantFrom("i1", "i2")} ON ${tables()} (${columns()})${constantFrom("", " WHERE b <> 1")}`,
    said`CREATE INDEX IF NOT EXISTS i3 ON ${tables()} ((${columns()} + ${columns()}))`,
  );
const uses = () =>
  oneof(
    {
      weight: 5,
      arbitrary: said`INSERT INTO ${tables()} (id, a, b, c) VALUES (${ids()}, ${values()}, ${values()}, ${values()})`,
    },
    { weight: 1, arbitrary: said`INSERT INTO ${tables()} (id, a) VALUES (3, ${values()}), (4, ${values()})` },
    { weight: 3, arbitrary: said`UPDATE ${tables()} SET ${columns()} = ${values()} WHERE ${conditions()}` },
    { weight: 1, arbitrary: said`DELETE FROM ${tables()} WHERE ${conditions()}` },
    { weight: 3, arbitrary: said`SELECT id, a, b, c FROM ${tables()} WHERE ${conditions()}` },
    { weight: 1, arbitrary: said`SELECT count(*) FROM ${tables()}` },
    { weight: 1, arbitrary: constantFrom("BEGIN", "COMMIT", "ROLLBACK") },
  );
/** Alone, several in one text, or a transaction in one. */
const texts = () =>
  oneof(
    { weight: 4, arbitrary: uses() },
    { weight: 1, arbitrary: array(uses(), { minLength: 2, maxLength: 3 }).map((all) => all.join("; ")) },
    { weight: 1, arbitrary: said`BEGIN; ${uses()}; ${uses()}; ${constantFrom("COMMIT", "ROLLBACK")}` },
  );
const programs = () =>
  tuple(
    types(),
    boolean(),
    array(definitions(), { maxLength: 4 }),
    array(texts(), { minLength: 3, maxLength: 14, size: "max" }),
  ).map(([type, isTwo, defined, used]) => [
    `CREATE TABLE t (id integer PRIMARY KEY, b integer, a ${type}, c integer)`,
    ...(isTwo
      ? ["CREATE TABLE u (id integer PRIMARY KEY, a integer REFERENCES t (id), b integer, c integer)"]
      : []),
    ...defined,
    ...used.flatMap((text) => [text, "SELECT id, a, b, c FROM t WHERE id > -1"]),
  ]);

interface Played {
  readonly text: string;
  readonly outcome: Outcome;
}

/**
 * What came of each text that was decided. One that was not has done nothing, but where a transaction may be open it is
 * the end.
 */
async function played(clones: DatabaseProvider, program: readonly string[]): Promise<readonly Played[]> {
  await using database = await clones.clone({ parts: [], build: () => Promise.resolve() });
  const session = await database.connect();
  const all: Played[] = [];
  for (const text of program) {
    try {
      all.push({ text, outcome: await session.attempt(text) });
    } catch (error) {
      if (!(error instanceof Inconclusive)) throw error;
      if (all.some((before) => before.text.startsWith("BEGIN"))) break;
    }
  }

  return all;
}

/** Of a refusal its class, for which constraint is told need not be certain; of rows, which there are. */
function toldOf({ text, outcome: { refusal, rows } }: Played): unknown {
  const told = refusal === undefined ? rows.map((row) => row.join()).toSorted() : refusal.code.slice(0, 2);

  return { text, told };
}

test("whatever memory decides of a program, PostgreSQL decides alike", async () => {
  let decided = 0;
  await assert(
    asyncProperty(programs(), async (program) => {
      const mine = await played(both.memory, program);
      const texts = mine.map(({ text }) => text);
      decided += mine.length;

      expect(mine.map(toldOf)).toEqual((await played(both.databases, texts)).map(toldOf));
    }),
    { numRuns: 200 },
  );
  expect(decided).toBeGreaterThan(1500);
});
