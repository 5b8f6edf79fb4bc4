/** Each way in which a statement refuses single rows: asked, and counted before and after the rows are repaired. */
import { describe, expect, test } from "vitest";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import { expectCounted, findChecksOf, type RefusalCase } from "./testing/preflight-checks.ts";

const databases = useDatabases();

describe("a CHECK or NOT NULL", () => {
  test.each<RefusalCase>([
    [
      "CREATE TABLE c (a int); ALTER TABLE c ADD CONSTRAINT n NOT NULL a NOT VALID",
      "ALTER TABLE c DROP CONSTRAINT n; INSERT INTO c VALUES (NULL), (1); ALTER TABLE c ADD CONSTRAINT n NOT NULL a NOT VALID",
      "ALTER TABLE c VALIDATE CONSTRAINT n",
      "DELETE FROM c WHERE a IS NULL",
      [1],
    ],
    [
      "CREATE TABLE c (id int PRIMARY KEY, a int); ALTER TABLE c ADD CONSTRAINT k CHECK (a > 0) NOT VALID",
      "ALTER TABLE c DROP CONSTRAINT k; INSERT INTO c VALUES (1, -1), (2, 1); ALTER TABLE c ADD CONSTRAINT k CHECK (a > 0) NOT VALID",
      "ALTER TABLE c VALIDATE CONSTRAINT k",
      "DELETE FROM c WHERE a < 0",
      [1],
    ],
    [
      "CREATE TABLE users (id int PRIMARY KEY, email text, nick text, age bigint)",
      "INSERT INTO users (id, age) VALUES (1, -1), (2, 1)",
      "ALTER TABLE users RENAME age TO years; ALTER TABLE users ADD CHECK (years > 0)",
      "DELETE FROM users WHERE id = 1",
      [1],
    ],
    [
      "CREATE TABLE users (id int PRIMARY KEY, email text, nick text, age bigint)",
      "INSERT INTO users (id, age) VALUES (1, 20), (2, 1)",
      "ALTER TABLE users ADD least int DEFAULT 10 CHECK (least > age)",
      "DELETE FROM users WHERE id = 1",
      [1],
    ],
    [
      "CREATE TABLE users (id int PRIMARY KEY, email text, nick text, age bigint)",
      "INSERT INTO users VALUES (1), (2)",
      "ALTER TABLE users ADD c int NOT NULL",
      "DELETE FROM users",
      [2],
    ],
    [
      "CREATE TABLE users (id int PRIMARY KEY, email text, nick text, age bigint)",
      "INSERT INTO users (id, email) VALUES (1, 'a'), (2, NULL)",
      "ALTER TABLE users ADD c text GENERATED ALWAYS AS (lower(email)) STORED NOT NULL",
      "DELETE FROM users WHERE id = 2",
      [1],
    ],
    [
      "CREATE TABLE users (id int PRIMARY KEY, email text, nick text, age bigint)",
      "INSERT INTO users (id, nick) VALUES (1, 'abc'), (2, '')",
      "ALTER TABLE users ALTER nick TYPE int USING length(nick), ADD CHECK (nick > 0)",
      "DELETE FROM users WHERE id = 2",
      [1],
    ],
    [
      "CREATE TABLE t (id int PRIMARY KEY, nick text, age bigint NOT NULL)",
      "INSERT INTO t VALUES (1, NULL, 1), (2, NULL, 0), (3, 'c', 1)",
      "UPDATE t SET age = length(nick) WHERE age > 0",
      "DELETE FROM t WHERE id = 1",
      [1],
    ],
  ])("%#: %s", async (...refusal) => await expectCounted(databases, refusal));
});

describe("a domain", () => {
  test.each<RefusalCase>([
    [
      "CREATE DOMAIN pos AS int; CREATE DOMAIN sub AS pos; CREATE TABLE d (id int PRIMARY KEY, a pos, b sub); CREATE TABLE e (a pos)",
      "INSERT INTO d VALUES (1, -1, 1), (2, 1, -1), (3, NULL, NULL); INSERT INTO e VALUES (-5), (-6)",
      "ALTER DOMAIN pos ADD CHECK (VALUE > 0 AND VALUE::text <> 'VALUE')",
      "UPDATE d SET a = 1, b = 1; DELETE FROM e",
      [1, 1, 2],
    ],
    [
      "CREATE DOMAIN pos AS int; CREATE TABLE d (id int PRIMARY KEY, a pos)",
      "INSERT INTO d VALUES (1, NULL), (2, 1)",
      "ALTER DOMAIN pos SET NOT NULL",
      "DELETE FROM d WHERE id = 1",
      [1],
    ],
    [
      "CREATE DOMAIN pos AS int; CREATE TABLE d (id int PRIMARY KEY, a pos); ALTER DOMAIN pos ADD CONSTRAINT p CHECK (VALUE > 0) NOT VALID",
      "ALTER DOMAIN pos DROP CONSTRAINT p; INSERT INTO d VALUES (1, -1); ALTER DOMAIN pos ADD CONSTRAINT p CHECK (VALUE > 0) NOT VALID",
      "ALTER DOMAIN pos VALIDATE CONSTRAINT p",
      "DELETE FROM d",
      [1],
    ],
    [
      "CREATE TABLE d (id int PRIMARY KEY, a text)",
      "INSERT INTO d VALUES (1, 'x'), (2, 'a@b'), (3, NULL), (4, 'a@bcdef')",
      "CREATE DOMAIN mail AS varchar(5) CHECK (VALUE LIKE '%@%'); ALTER TABLE d ALTER a TYPE mail",
      "DELETE FROM d WHERE id IN (1, 4)",
      [2],
    ],
    [
      "CREATE DOMAIN pos AS int CHECK (VALUE > 0); CREATE TABLE d (id int PRIMARY KEY)",
      "INSERT INTO d VALUES (1)",
      "ALTER TABLE d ADD a pos NOT NULL DEFAULT 0",
      "DELETE FROM d",
      [1],
    ],
    [
      "CREATE DOMAIN pos AS int NOT NULL; CREATE TABLE d (id int PRIMARY KEY)",
      "INSERT INTO d VALUES (1)",
      "ALTER TABLE d ADD a pos",
      "DELETE FROM d",
      [1],
    ],
  ])("%#: %s", async (...refusal) => await expectCounted(databases, refusal));
});

describe("a type", () => {
  test.each<RefusalCase>([
    [
      "CREATE TABLE users (id int PRIMARY KEY, email text, nick text, age bigint)",
      "INSERT INTO users (id, email) VALUES (1, 'abcdef'), (2, 'abc     ')",
      "ALTER TABLE users ALTER email TYPE varchar(4)",
      "DELETE FROM users WHERE id = 1",
      [1],
    ],
    [
      "CREATE TABLE users (id int PRIMARY KEY, email text, nick text, age bigint)",
      "INSERT INTO users (id, email) VALUES (1, 'a'), (2, 'z'), (3, NULL)",
      "CREATE TYPE mood AS ENUM ('a', 'b'); ALTER TABLE users ALTER email TYPE mood USING email::mood",
      "DELETE FROM users WHERE id = 2",
      [1],
    ],
    [
      "CREATE TYPE mood AS ENUM ('a', 'b', 'c'); CREATE TABLE t (id int PRIMARY KEY, m mood)",
      "INSERT INTO t VALUES (1, 'a'), (2, 'c')",
      "ALTER TYPE mood RENAME TO old; CREATE TYPE mood AS ENUM ('a', 'b'); ALTER TABLE t ALTER m TYPE mood USING m::text::mood; DROP TYPE old",
      "DELETE FROM t WHERE id = 2",
      [1],
    ],
    [
      "CREATE TABLE t (id int PRIMARY KEY, m text[])",
      "INSERT INTO t VALUES (1, '{a}'), (2, '{a,c}')",
      "CREATE TYPE mood AS ENUM ('a', 'b'); ALTER TABLE t ALTER m TYPE mood[] USING m::mood[]",
      "DELETE FROM t WHERE id = 2",
      [1],
    ],
    [
      "CREATE TABLE t (id int PRIMARY KEY, m varbit)",
      "INSERT INTO t VALUES (1, '101'), (2, '10')",
      "ALTER TABLE t ALTER m TYPE bit(3)",
      "DELETE FROM t WHERE id = 2",
      [1],
    ],
    [
      "CREATE TABLE t (id int PRIMARY KEY, n numeric)",
      "INSERT INTO t VALUES (1, 'NaN'), (2, 1000)",
      "ALTER TABLE t ALTER n TYPE numeric(5,2)",
      "DELETE FROM t WHERE id = 2",
      [1],
    ],
  ])("%#: %s", async (...refusal) => await expectCounted(databases, refusal));
});

describe("an expression", () => {
  test.each<RefusalCase>([
    [
      "CREATE TABLE users (id int PRIMARY KEY, email text, nick text, age bigint)",
      "INSERT INTO users (id, age) VALUES (1, 0), (2, 1)",
      "ALTER TABLE users ADD c bigint GENERATED ALWAYS AS (100 / age) STORED",
      "DELETE FROM users WHERE id = 1",
      ["fails"],
    ],
    [
      "CREATE TABLE users (id int PRIMARY KEY, email text, nick text, age bigint)",
      "INSERT INTO users (id, email) VALUES (1, '7'), (2, 'x')",
      "CREATE INDEX i ON users ((email::int))",
      "DELETE FROM users WHERE id = 2",
      ["fails"],
    ],
    [
      "CREATE TABLE users (id int PRIMARY KEY, email text, nick text, age bigint)",
      "INSERT INTO users (id, email) VALUES (1, '7'), (2, 'x')",
      "CREATE INDEX i ON users (id) WHERE email::int > 3",
      "DELETE FROM users WHERE id = 2",
      ["fails"],
    ],
    [
      "CREATE TABLE users (id int PRIMARY KEY, email text, nick text, age bigint)",
      'INSERT INTO users (id, email) VALUES (1, \'{"a":1}\'), (2, \'{"a":"x"}\')',
      "ALTER TABLE users ALTER email TYPE int USING (email::jsonb->>'a')::int",
      "DELETE FROM users WHERE id = 2",
      ["fails"],
    ],
  ])("%#: %s", async (...refusal) => await expectCounted(databases, refusal));
});

describe("a partition", () => {
  test.each<RefusalCase>([
    [
      "CREATE TABLE t (a int, b int) PARTITION BY LIST (a); CREATE TABLE t1 (a int, b int)",
      "INSERT INTO t1 VALUES (1, 1), (2, 2), (NULL, 3)",
      "ALTER TABLE t ATTACH PARTITION t1 FOR VALUES IN (1)",
      "DELETE FROM t1 WHERE b > 1",
      [2],
    ],
    [
      "CREATE TABLE t (a int, b int) PARTITION BY LIST (a); CREATE TABLE td PARTITION OF t DEFAULT",
      "INSERT INTO t VALUES (1, 1), (2, 2), (NULL, 3)",
      "CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1)",
      "DELETE FROM t WHERE a = 1",
      [1],
    ],
  ])("%#: %s", async (...refusal) => await expectCounted(databases, refusal));
});

describe("nothing is asked of", () => {
  test.each([
    "ALTER TABLE users ADD c bigserial UNIQUE, ADD d int GENERATED ALWAYS AS IDENTITY UNIQUE",
    "ALTER TABLE users ADD c uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE",
    "ALTER TABLE users ADD slug text; UPDATE users SET slug = id::text; ALTER TABLE users ALTER slug SET NOT NULL, ADD UNIQUE (slug)",
    "ALTER TABLE users DROP age; ALTER TABLE users ADD age int NOT NULL DEFAULT 5 CHECK (age > 0)",
    "ALTER TABLE users ALTER id TYPE bigint, ALTER nick TYPE varchar, ALTER age TYPE numeric",
    "CREATE INDEX ON users (lower(email)); CREATE INDEX ON users (id) WHERE nick IS NOT NULL",
  ])("%s", async (up) => {
    const { checks, unasked } = await findChecksOf(
      databases,
      "CREATE TABLE users (id int PRIMARY KEY, email text, nick text, age bigint)",
      up,
    );

    expect({ checks, unasked }).toEqual({ checks: [], unasked: [] });
  });
});

test("an expression that fails for no row once the migration has repaired them is not required", async () => {
  const before = "CREATE TABLE users (id int PRIMARY KEY, email text)";
  const up = `UPDATE users SET email = '7' WHERE email !~ '^[0-9]{1,6}$';\nCREATE INDEX i ON users ((email::int))`;

  expect((await findChecksOf(databases, before, up)).checks).toMatchObject([
    { isRequired: false, reason: "the index i is added; up succeeded on generated rows like these" },
  ]);
});

test("rows that are written before a constraint is validated may meet it then", async () => {
  const before = "CREATE TABLE c (a int); ALTER TABLE c ADD CONSTRAINT k CHECK (a > 0) NOT VALID";
  const { checks } = await findChecksOf(databases, before, "UPDATE c SET a = 1; ALTER TABLE c VALIDATE CONSTRAINT k");

  expect(checks).toMatchObject([
    { isRequired: false, reason: "the CHECK k is validated; the migration changes rows before" },
  ]);
});

test.each<[before: string, up: string, subject: string, message: string]>([
  [
    "CREATE TABLE t (a int) PARTITION BY HASH (a); CREATE TABLE t1 (a int CHECK (false))",
    "ALTER TABLE t ATTACH PARTITION t1 FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
    "public.t1",
    "the bound of the partition t1 is another one, and no query is known for it",
  ],
  [
    "CREATE TABLE t (a int CHECK (false))",
    "CREATE FUNCTION fits(int) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT true'; ALTER TABLE t ADD CONSTRAINT k CHECK (fits(a))",
    "public.t.k",
    "the CHECK k is added, and its query needs what is added: function public.fits(integer) does not exist",
  ],
])("what no query counts is said by name: %s; %s", async (before, up, subject, message) => {
  expect((await findChecksOf(databases, before, up)).unasked).toEqual([{ subject, message }]);
});
