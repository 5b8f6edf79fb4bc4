import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startEmbedded } from "../server/embedded/embedded.ts";
import type { Recipe } from "./database-provider.ts";
import { Databases } from "./databases.ts";
import { Pool } from "./pool.ts";
import type { Server } from "./server.ts";
import type { Session } from "./session.ts";

let server: Server;
let unique = 0;

beforeAll(async () => {
  server = await startEmbedded();
});
afterAll(async () => await server[Symbol.asyncDispose]());
beforeEach(() => {
  unique += 1;
});

const SESSIONS_ON_CLONES = "SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'plumbline\\_c\\_%'";

/** A recipe that no other test uses, and how often it was built. */
function counted(sql: string, from?: Recipe): { recipe: Recipe; built: () => number } {
  let times = 0;
  const recipe = {
    parts: [String(unique), sql],
    ...(from === undefined ? {} : { from }),
    build: async (session: Session) => {
      times += 1;
      await session.query(sql);
    },
  };

  return { recipe, built: () => times };
}

async function query(database: string, sql: string): Promise<string[]> {
  const client = new Client(server.connection(database));
  await client.connect();
  try {
    const { rows } = await client.query<string[]>({ text: sql, rowMode: "array" });

    return rows.map(([value]) => String(value));
  } finally {
    await client.end();
  }
}

const named = async (pattern: string) =>
  await query("postgres", `SELECT datname FROM pg_database WHERE datname LIKE '${pattern}' ORDER BY 1`);

describe("clones", () => {
  test("each is a separate copy of the template, also when several are cloned at the same time", async () => {
    await using databases = new Databases(server);
    const { recipe, built } = counted("CREATE TABLE marks (mark integer); INSERT INTO marks VALUES (0)");
    const clones = await Promise.all([1, 2, 3, 4, 5].map(() => databases.clone(recipe)));

    const found = await Promise.all(
      clones.map(async (clone, index) => {
        const session = await clone.connect();
        await session.query(`INSERT INTO marks VALUES (${index + 1})`);

        return (await session.query("SELECT mark FROM marks ORDER BY mark")).map(({ mark }) => mark);
      }),
    );

    expect(new Set(clones.map(({ name }) => name)).size).toBe(5);
    expect(found).toEqual([1, 2, 3, 4, 5].map((mark) => ["0", String(mark)]));
    expect(built()).toBe(1);
  });

  test("disposing of a clone ends it and its sessions, and no others", async () => {
    await using databases = new Databases(server);
    const { recipe } = counted("SELECT 1");
    const [one, other] = [await databases.clone(recipe), await databases.clone(recipe)];
    const session = await one.connect();
    await other.connect();
    await one[Symbol.asyncDispose]();

    await expect(session.query("SELECT 1")).rejects.toThrow();
    await expect.poll(async () => await named("plumbline\\_c\\_%"), { timeout: 5000 }).not.toContain(one.name);
    expect(await named("plumbline\\_c\\_%")).toContain(other.name);
  });

  test("disposal ends the sessions on all clones, also those in use", async () => {
    const databases = new Databases(server);
    const { recipe } = counted("SELECT 1");
    await (await databases.clone(recipe))[Symbol.asyncDispose]();
    const session = await (await databases.clone(recipe)).connect();
    await databases[Symbol.asyncDispose]();

    await expect(session.query("SELECT 1")).rejects.toThrow();
    await expect.poll(async () => await query("postgres", SESSIONS_ON_CLONES), { timeout: 5000 }).toEqual(["0"]);
  });

  test("disposal drops all clones and templates of a shared server", async () => {
    const tenancy = { maintenance: "postgres", run: "0123abcd" };
    const databases = new Databases({ ...server, tenancy });
    const { recipe } = counted("SELECT 1");
    await (await databases.clone(recipe))[Symbol.asyncDispose]();
    await (await databases.clone(recipe)).connect();
    await databases[Symbol.asyncDispose]();

    expect(await named("plumbline\\_%0123abcd%")).toEqual([]);
  });
});

describe("templates", () => {
  test("a template is built once and reused by the next run", async () => {
    const { recipe, built } = counted("CREATE TABLE first ()");

    for (let run = 0; run < 2; run += 1) {
      await using databases = new Databases(server);
      await using clone = await databases.clone(recipe);
      const session = await clone.connect();

      expect(await session.query("SELECT relname FROM pg_class WHERE relname = 'first'")).toHaveLength(1);
    }

    expect(built()).toBe(1);
  });

  test("a template that starts from another one has the contents of both", async () => {
    await using databases = new Databases(server);
    const first = counted("CREATE TABLE first (); CREATE TABLE dropped ()");
    const second = counted("CREATE TABLE second (); DROP TABLE dropped", first.recipe);
    await using clone = await databases.clone(second.recipe);
    await using earlier = await databases.clone(first.recipe);
    const tables = "SELECT relname FROM pg_class WHERE relname IN ('first', 'second', 'dropped') ORDER BY 1";

    expect(await query(clone.name, tables)).toEqual(["first", "second"]);
    expect(await query(earlier.name, tables)).toEqual(["dropped", "first"]);
    expect(first.built()).toBe(1);
  });

  test("different parts, or the same text split differently, make another template", async () => {
    await using databases = new Databases(server);
    const build = async (): Promise<void> => undefined;
    const before = new Set(await named("plumbline\\_t\\_%"));
    const all: Recipe[] = [
      { parts: ["ab", "c"], build },
      { parts: ["a", "bc"], build },
      { parts: ["abc"], build },
      { parts: ["c"], build, from: { parts: ["ab"], build } },
    ];
    for (const recipe of all) {
      await using _clone = await databases.clone(recipe);
    }

    // The four, and the one that the last starts from.
    expect((await named("plumbline\\_t\\_%")).filter((name) => !before.has(name))).toHaveLength(5);
  });

  test("the least recently used template is dropped, and built again when it is needed", async () => {
    const before = (await named("plumbline\\_t\\_%")).length;
    const databases = new Databases(server);
    const first = counted("CREATE TABLE marks ()");
    const use = async (recipe: Recipe): Promise<void> => await (await databases.clone(recipe))[Symbol.asyncDispose]();
    await use(first.recipe);
    const kept = counted("SELECT 0");
    for (let number = 1; number <= 42; number += 1) {
      await use(counted(`SELECT ${number}`).recipe);
      await use(kept.recipe);
    }
    await use(first.recipe);

    expect([first.built(), kept.built()]).toEqual([2, 1]);
    await databases[Symbol.asyncDispose]();
    expect((await named("plumbline\\_t\\_%")).length - before).toBe(40);
  }, 30_000);

  test("an incomplete template is built again", async () => {
    const { recipe, built } = counted("CREATE TABLE whole ()");
    const before = new Set(await named("plumbline\\_t\\_%"));
    await using first = new Databases(server);
    await (await first.clone(recipe))[Symbol.asyncDispose]();
    const [name] = (await named("plumbline\\_t\\_%")).filter((one) => !before.has(one));
    await query(String(name), "CREATE TABLE half ()");
    await query("postgres", `COMMENT ON DATABASE ${name} IS NULL`);

    await using second = new Databases(server);
    await using clone = await second.clone(recipe);

    expect(await query(clone.name, "SELECT relname FROM pg_class WHERE relname IN ('whole', 'half')")).toEqual([
      "whole",
    ]);
    expect(built()).toBe(2);
  });

  test("a recipe that fails rejects each clone, and is tried again in the next run", async () => {
    const error = new Error("the recipe is wrong");
    let fails = true;
    const recipe: Recipe = {
      parts: ["fails", String(unique)],
      build: async () => {
        if (fails) {
          throw error;
        }
      },
    };
    await using first = new Databases(server);
    await expect(first.clone(recipe)).rejects.toBe(error);
    await expect(first.clone(recipe)).rejects.toBe(error);
    fails = false;

    await using second = new Databases(server);
    await using clone = await second.clone(recipe);

    expect(await query(clone.name, "SELECT 1")).toEqual(["1"]);
  });
});

const SETTINGS = `DO $$ BEGIN
  CREATE SCHEMA "a b";
  EXECUTE format('ALTER DATABASE %I SET search_path = "a b", pg_catalog', current_database());
  EXECUTE format('ALTER DATABASE %I SET app.mode = ''it''''s''', current_database());
  EXECUTE format('ALTER ROLE %I IN DATABASE %I SET work_mem = ''5MB''', current_user, current_database());
END $$`;

describe.each([
  ["clones", () => new Databases(server)],
  ["databases of the pool", () => new Pool(new Databases(server))],
])("%s", (_, open) => {
  test("keep the settings of the database that the recipe made, also those of the recipe that it starts from", async () => {
    await using databases = open();
    const { recipe } = counted(SETTINGS);
    const { recipe: table } = counted("CREATE TABLE found (a integer)", recipe);
    for (const made of [recipe, table]) {
      await using database = await databases.clone(made);
      const [row] = await (await database.connect()).query(
        `SELECT current_setting('search_path') AS path, current_setting('app.mode') AS mode, current_setting('work_mem') AS memory,
  (SELECT relnamespace::regnamespace FROM pg_class WHERE relname = 'found') AS schema`,
      );

      expect(row).toEqual({
        path: '"a b", pg_catalog',
        mode: "it's",
        memory: "5MB",
        schema: made === table ? '"a b"' : null,
      });
    }
  });

  test("keep an empty search_path", async () => {
    await using databases = open();
    const { recipe } = counted(
      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = ''''', current_database()); END $$",
    );
    await using database = await databases.clone(recipe);

    expect(await (await database.connect()).query("SELECT current_setting('search_path') AS path")).toEqual([
      { path: '""' },
    ]);
  });
});
