import { describe, expect, test } from "vitest";
import type { MigrationChecks } from "../../harness/preflight/check.ts";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import { findChecksOf } from "./testing/preflight-checks.ts";

const databases = useDatabases();

const BEFORE = `CREATE TABLE users (id int PRIMARY KEY, email text, nick text, age bigint);
CREATE TABLE posts (id int PRIMARY KEY, author int, title text, UNIQUE (author, title));`;

const find = (up: string, before = BEFORE) => findChecksOf(databases, before, up);

/** Counts and values of the queries on rows of the state before. */
async function ask(checks: MigrationChecks, rows: string, before = BEFORE) {
  await using database = await databases.clone({
    parts: [before, rows],
    build: async (session) => void (await session.query(`${before};${rows}`)),
  });
  const session = await database.connect();
  const answers = [];
  for (const { condition, count, values } of checks.checks) {
    const { rows: counted } = await session.tryExecute(count);
    const { rows: broken } = await session.tryExecute(values);
    answers.push({ condition, count: Number(counted[0]?.[0]), values: broken });
  }

  return answers;
}

const ROWS = `INSERT INTO users VALUES (1, 'a', 'x', 1), (2, 'A', 'y', 1), (3, NULL, 'x', NULL), (4, NULL, '7', 9999999999);
INSERT INTO posts VALUES (1, 1, 'T'), (2, 1, 't'), (3, 77, 'T'), (4, NULL, 'T')`;

describe("what up refuses is counted in a filled database", () => {
  test.each<[up: string, reason: string, count: number, values: readonly (readonly (string | null)[])[]]>([
    [
      "ALTER TABLE users ALTER email SET NOT NULL",
      "email becomes NOT NULL",
      2,
      [
        ["3", null],
        ["4", null],
      ],
    ],
    ["ALTER TABLE users ADD CONSTRAINT u UNIQUE (nick)", "the unique index u is added", 2, [["x", "2"]]],
    ["CREATE UNIQUE INDEX u ON users (lower(email)) WHERE age > 0", "the unique index u is added", 2, [["a", "2"]]],
    ["CREATE UNIQUE INDEX u ON users (email) NULLS NOT DISTINCT", "the unique index u is added", 2, [[null, "2"]]],
    [
      "ALTER TABLE posts ADD CONSTRAINT f FOREIGN KEY (author) REFERENCES users",
      "the foreign key f is added",
      1,
      [["77", "1"]],
    ],
    [
      "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 1)",
      "the CHECK c is added",
      2,
      [
        ["1", "1"],
        ["2", "1"],
      ],
    ],
    ["ALTER TABLE users ALTER age TYPE int", "age becomes integer", 1, [["4", "9999999999"]]],
    [
      "ALTER TABLE users ALTER nick TYPE int USING nick::int",
      "nick becomes integer",
      3,
      [
        ["1", "x"],
        ["2", "y"],
        ["3", "x"],
      ],
    ],
    ["UPDATE posts SET title = lower(title)", "up.sql, line 1: duplicate key", 2, [["1", "t", "2"]]],
  ])("%s", async (up, reason, count, values) => {
    const checks = await find(up);

    expect(checks.unasked).toEqual([]);
    expect(checks.checks).toMatchObject([{ isRequired: true, reason: expect.stringContaining(reason) }]);
    expect(await ask(checks, ROWS)).toMatchObject([{ count, values }]);
  });

  test.each<[type: string, values: string, broken: readonly string[]]>([
    ["numeric(10,2)", "(1, 99999999.99), (2, 99999999.994), (3, 99999999.996), (4, -99999999.996)", ["3", "4"]],
    ["int", "(1, 2147483647.4), (2, 2147483647.5), (3, -2147483648.4), (4, -2147483648.6)", ["2", "4"]],
  ])("a number is rounded before it is compared with what %s holds", async (type, values, broken) => {
    const before = "CREATE TABLE prices (id int PRIMARY KEY, price numeric)";
    const checks = await find(`ALTER TABLE prices ALTER price TYPE ${type}`, before);
    const [answer] = await ask(checks, `INSERT INTO prices VALUES ${values}`, before);

    expect(answer?.values.map(([id]) => id)).toEqual(broken);
  });

  test("a key of several columns is not checked where one of them is NULL", async () => {
    const before = "CREATE TABLE p (a int, b int, UNIQUE (a, b)); CREATE TABLE c (id int PRIMARY KEY, a int, b int)";
    const checks = await find("ALTER TABLE c ADD FOREIGN KEY (a, b) REFERENCES p (a, b)", before);
    const answers = await ask(
      checks,
      "INSERT INTO p VALUES (1, 2); INSERT INTO c VALUES (1, 1, 2), (2, NULL, 3), (3, 1, 3)",
      before,
    );

    expect(answers).toMatchObject([{ count: 1, values: [["1", "3", "1"]] }]);
  });
});

describe("what up repairs or does not check is not required", () => {
  test.each([
    "UPDATE users SET email = '' WHERE email IS NULL;\nALTER TABLE users ALTER email SET NOT NULL",
    "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 1) NOT VALID",
    "DELETE FROM posts WHERE author NOT IN (SELECT id FROM users);\nALTER TABLE posts ADD FOREIGN KEY (author) REFERENCES users",
  ])("%s", async (up) => {
    expect((await find(up)).checks).toMatchObject([{ isRequired: false }]);
  });

  test("beside something that is refused", async () => {
    const up = `UPDATE users SET email = '' WHERE email IS NULL;
ALTER TABLE users ALTER email SET NOT NULL, ALTER nick SET NOT NULL`;

    expect((await find(up)).checks.map(({ condition, isRequired }) => [condition, isRequired])).toEqual([
      ["email IS NOT NULL", false],
      ["nick IS NOT NULL", true],
    ]);
  });
});

test("what is assumed is asked, and once where a constraint asks for the same", async () => {
  const up = `-- plumbline: assume users: age < 200
-- plumbline: assume users: email IS NOT NULL
ALTER TABLE users ALTER email SET NOT NULL`;

  expect((await find(up)).checks.map(({ condition, reason, isRequired }) => [condition, reason, isRequired])).toEqual([
    ["age < 200", "assumed in up.sql, line 1", true],
    ["email IS NOT NULL", "assumed in up.sql, line 2; email becomes NOT NULL", true],
  ]);
});

test("what no query counts is said, unless it is declared", async () => {
  const raise = "DO $$ BEGIN IF EXISTS (SELECT FROM users) THEN RAISE EXCEPTION 'not empty'; END IF; END $$";

  expect((await find(raise)).unasked).toMatchObject([{ subject: "up.sql, line 1" }]);
  expect((await find(`-- plumbline: allow applies.2 because it is empty\n${raise}`)).unasked).toEqual([]);
});

test("a migration that asks nothing of the rows has no condition", async () => {
  expect(
    await find("ALTER TABLE users ADD born date CHECK (born > '1900-01-01'); CREATE TABLE t (i int UNIQUE)"),
  ).toEqual({
    migration: "example",
    checks: [],
    unasked: [],
  });
});

test("a migration that fails on empty tables, and an assumption about no table, are errors", async () => {
  await expect(find("ALTER TABLE missing ADD a int")).rejects.toThrow("cannot be applied to empty tables");
  await expect(find("-- plumbline: assume usrs: id > 0\nSELECT 1")).rejects.toThrow(
    "/up.sql:1: there is no table usrs",
  );
  await expect(find("-- plumbline: assume users: mail > ''\nSELECT 1")).rejects.toThrow(
    '/up.sql:1: the condition cannot be asked before the migration: column "mail" does not exist',
  );
});
