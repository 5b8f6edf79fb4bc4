/** Checks that a reused database is as empty as a new one, whatever was done to it, or else is not reused. */
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HarnessError } from "../errors.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import type { Database, Recipe } from "./database-provider.ts";
import { Databases } from "./databases.ts";
import { Pool } from "./pool.ts";
import type { Server } from "./server.ts";

let server: Server;
let pool: Pool;

beforeAll(async () => {
  server = await startEmbedded();
  pool = new Pool(new Databases(server));
});
afterAll(async () => {
  await pool?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

const marks: Recipe = {
  parts: ["marks"],
  build: async (session) => {
    await session.query("CREATE TABLE marks (mark int); INSERT INTO marks VALUES (7)");
  },
};

/** Runs each statement in a database of the pool, and gives it back. @returns its name */
async function spoil(...statements: readonly string[]): Promise<string> {
  await using database = await pool.clone(marks);
  const session = await database.connect();
  for (const statement of statements) {
    expect(await session.tryExecute(statement)).toMatchObject({ rows: expect.anything() });
  }

  return database.name;
}

/** The name of the next database of the pool, and what `look` sees in it. */
async function next(look: (database: Database) => Promise<unknown>, recipe = marks) {
  await using database = await pool.clone(recipe);

  return { name: database.name, seen: await look(database) };
}

const marksIn = async (database: Database) => await (await database.connect()).query("SELECT mark FROM marks");

describe("a database is reused after", () => {
  test.each<[what: string, ...statements: string[]]>([
    ["rows", "DELETE FROM marks", "INSERT INTO marks VALUES (1)"],
    [
      "tables with keys and views on them",
      "CREATE TABLE a (id serial PRIMARY KEY)",
      "CREATE TABLE b (a int REFERENCES a)",
      "CREATE VIEW v AS SELECT * FROM b",
      "CREATE MATERIALIZED VIEW m AS SELECT 1",
    ],
    [
      "functions, procedures and aggregates",
      "CREATE FUNCTION f(a int, OUT b int) LANGUAGE sql AS 'SELECT a'",
      "CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'",
      "CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int)",
    ],
    [
      "types",
      "CREATE TYPE mood AS ENUM ('well')",
      "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
      "CREATE TYPE pair AS (a int, b mood)",
      "CREATE TYPE span AS RANGE (SUBTYPE = int)",
    ],
    [
      "sequences and odd names",
      'CREATE SEQUENCE "odd ""name"',
      'CREATE FUNCTION "F F"("A" text DEFAULT $$x$$) RETURNS int LANGUAGE sql AS $$SELECT 1$$',
    ],
    ["schemas", "CREATE SCHEMA other", "CREATE TABLE other.t ()", "CREATE VIEW v AS SELECT FROM other.t"],
    [
      "event triggers and publications",
      "CREATE FUNCTION t() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
      "CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION t()",
      "CREATE PUBLICATION p FOR TABLE marks",
    ],
    [
      "session state",
      "CREATE TEMP TABLE mine ()",
      "SET search_path = pg_temp",
      "PREPARE one AS SELECT 1",
      "LISTEN something",
      "SELECT pg_advisory_lock(1)",
      "SET SESSION AUTHORIZATION pg_monitor",
    ],
    ["an open transaction", "BEGIN", "CREATE TABLE half ()"],
    ["a failed transaction", "BEGIN", "SELECT 1/0"],
  ])("%s", async (_, ...statements) => {
    const name = await spoil(...statements);
    const after = await next(async (database) => {
      const session = await database.connect();
      const [state] =
        await session.query(`SELECT current_setting('search_path') AS path, session_user = current_user AS self,
        (SELECT count(*) FROM pg_class WHERE oid >= 16384 AND relnamespace <> 'pg_toast'::regnamespace) AS relations,
        (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory') AS locks`);

      return { ...state, marks: await session.query("SELECT mark FROM marks") };
    });

    expect(after).toEqual({
      name,
      seen: { path: '"$user", public', self: "t", relations: "1", locks: "0", marks: [{ mark: "7" }] },
    });
  });
});

describe("a database is replaced after", () => {
  test.each<[what: string, ...statements: string[]]>([
    [
      "replacing a system function",
      "CREATE OR REPLACE FUNCTION pg_catalog.pi() RETURNS float8 LANGUAGE sql AS 'SELECT 3.0::float8'",
    ],
    ["a grant on the schema", "GRANT CREATE ON SCHEMA public TO PUBLIC"],
    ["a grant on a catalog", "REVOKE SELECT ON pg_catalog.pg_proc FROM PUBLIC"],
    ["another schema public", "ALTER SCHEMA public RENAME TO private", "CREATE SCHEMA public"],
    ["a comment on the schema", "COMMENT ON SCHEMA public IS 'mine'"],
    ["default privileges", "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC"],
    ["an operator", "CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int)"],
    ["a large object", "SELECT lo_create(0)"],
    [
      "a setting of the database",
      "DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''9MB''', current_database()); END$$",
    ],
    [
      "a comment on the database",
      "DO $$BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''mine''', current_database()); END$$",
    ],
  ])("%s", async (_, ...statements) => {
    const name = await spoil(...statements);
    const after = await next(marksIn);

    expect(after.name).not.toBe(name);
    expect(after.seen).toEqual([{ mark: "7" }]);
  });

  test("a session that the pool did not open", async () => {
    const { name } = await next(async (database) => {
      const client = new Client(server.connection(database.name));
      // It ends with the database.
      client.on("error", () => undefined);
      await client.connect();
    });

    expect((await next(marksIn)).name).not.toBe(name);
  });

  test("a session that the server terminated", async () => {
    const name = await spoil("SELECT 1");
    const ended = await next(async (database) => {
      const session = await database.connect();
      await expect(session.query("SELECT pg_terminate_backend(pg_backend_pid())")).rejects.toThrow(HarnessError);
    });
    const after = await next(marksIn);

    expect(ended.name).toBe(name);
    expect(after.name).not.toBe(name);
  });
});

test("concurrent callers get different databases", async () => {
  const lent = await Promise.all([1, 2, 3, 4].map(() => pool.clone(marks)));
  expect(new Set(lent.map(({ name }) => name)).size).toBe(4);
  await Promise.all(lent.map((database) => database[Symbol.asyncDispose]()));
});

test("a recipe that fails leaves nothing behind", async () => {
  const error = new Error("the recipe is wrong");
  const failing: Recipe = {
    from: marks,
    parts: ["fails"],
    build: async (session) => {
      await session.query("CREATE TABLE half ()");
      throw error;
    },
  };
  await expect(pool.clone(failing)).rejects.toBe(error);

  const { seen } = await next(async (database) =>
    (await database.connect()).query("SELECT to_regclass('half') AS half, to_regclass('marks') AS marks"),
  );
  expect(seen).toEqual([{ half: null, marks: "marks" }]);
});

test("a slow recipe is built once more as a template, and cloned from then on", async () => {
  let built = 0;
  const slow: Recipe = {
    from: marks,
    parts: ["slow"],
    build: async (session) => {
      built += 1;
      await session.query("CREATE TABLE slow AS SELECT 1 FROM pg_sleep(1.1)");
    },
  };
  const slowIn = async (database: Database) => await (await database.connect()).query("SELECT count(*) FROM slow");
  for (let time = 1; time <= 4; time += 1) {
    expect((await next(slowIn, slow)).seen).toEqual([{ count: "1" }]);
  }

  // In a database of the pool, then as a template.
  expect(built).toBe(2);
});
