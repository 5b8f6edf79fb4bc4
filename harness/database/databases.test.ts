import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { Databases, type Recipe } from "./databases.ts";
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

/** A recipe of this test's own, and how often it was followed. */
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

async function ask(database: string, sql: string): Promise<string[]> {
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
  await ask("postgres", `SELECT datname FROM pg_database WHERE datname LIKE '${pattern}' ORDER BY 1`);

describe("clones", () => {
  test("each is a database of its own with what the template has, however many are asked for at once", async () => {
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

  test("a clone is gone with its sessions once it is disposed of, and the others are not", async () => {
    await using databases = new Databases(server);
    const { recipe } = counted("SELECT 1");
    const [one, other] = [await databases.clone(recipe), await databases.clone(recipe)];
    const session = await one.connect();
    await other.connect();
    await one[Symbol.asyncDispose]();

    await expect(session.query("SELECT 1")).rejects.toThrow();
    await expect
      .poll(async () => await named("plumbline\\_c\\_%"), { timeout: 5000 })
      .not.toContain(one.name);
    expect(await named("plumbline\\_c\\_%")).toContain(other.name);
  });

  test("at the end no session is left on a clone, whether it was disposed of or is in use", async () => {
    const databases = new Databases(server);
    const { recipe } = counted("SELECT 1");
    await (await databases.clone(recipe))[Symbol.asyncDispose]();
    const session = await (await databases.clone(recipe)).connect();
    await databases[Symbol.asyncDispose]();

    await expect(session.query("SELECT 1")).rejects.toThrow();
    await expect
      .poll(async () => await ask("postgres", SESSIONS_ON_CLONES), { timeout: 5000 })
      .toEqual(["0"]);
  });

  test("and no clone, where the server is for others too", async () => {
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
  test("a template is made once, and is as good for the next run", async () => {
    const { recipe, built } = counted("CREATE TABLE first ()");

    for (let run = 0; run < 2; run += 1) {
      await using databases = new Databases(server);
      await using clone = await databases.clone(recipe);
      const session = await clone.connect();

      expect(await session.query("SELECT relname FROM pg_class WHERE relname = 'first'")).toHaveLength(1);
    }

    expect(built()).toBe(1);
  });

  test("a template that is made from another has what both have", async () => {
    await using databases = new Databases(server);
    const first = counted("CREATE TABLE first (); CREATE TABLE dropped ()");
    const second = counted("CREATE TABLE second (); DROP TABLE dropped", first.recipe);
    await using clone = await databases.clone(second.recipe);
    await using earlier = await databases.clone(first.recipe);
    const tables = "SELECT relname FROM pg_class WHERE relname IN ('first', 'second', 'dropped') ORDER BY 1";

    expect(await ask(clone.name, tables)).toEqual(["first", "second"]);
    expect(await ask(earlier.name, tables)).toEqual(["dropped", "first"]);
    expect(first.built()).toBe(1);
  });

  test("other parts, and parts cut elsewhere, make another template", async () => {
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

    // The four, and the one that the last is made from.
    expect((await named("plumbline\\_t\\_%")).filter((name) => !before.has(name))).toHaveLength(5);
  });

  test("the oldest gives way where there are many, and is made anew for whoever asks again", async () => {
    const before = (await named("plumbline\\_t\\_%")).length;
    const databases = new Databases(server);
    const first = counted("CREATE TABLE marks ()");
    const asked = async (recipe: Recipe): Promise<void> =>
      await (await databases.clone(recipe))[Symbol.asyncDispose]();
    await asked(first.recipe);
    const kept = counted("SELECT 0");
    for (let number = 1; number <= 42; number += 1) {
      await asked(counted(`SELECT ${number}`).recipe);
      await asked(kept.recipe);
    }
    await asked(first.recipe);

    expect([first.built(), kept.built()]).toEqual([2, 1]);
    await databases[Symbol.asyncDispose]();
    expect((await named("plumbline\\_t\\_%")).length - before).toBe(40);
  }, 30_000);

  test("one whose making was interrupted is made anew", async () => {
    const { recipe, built } = counted("CREATE TABLE whole ()");
    const before = new Set(await named("plumbline\\_t\\_%"));
    await using first = new Databases(server);
    await (await first.clone(recipe))[Symbol.asyncDispose]();
    const [name] = (await named("plumbline\\_t\\_%")).filter((one) => !before.has(one));
    await ask(String(name), "CREATE TABLE half ()");
    await ask("postgres", `COMMENT ON DATABASE ${name} IS NULL`);

    await using second = new Databases(server);
    await using clone = await second.clone(recipe);

    expect(await ask(clone.name, "SELECT relname FROM pg_class WHERE relname IN ('whole', 'half')")).toEqual([
      "whole",
    ]);
    expect(built()).toBe(2);
  });

  test("one that cannot be made fails whoever asks, and is tried anew in the next run", async () => {
    const trouble = new Error("the recipe is wrong");
    let fails = true;
    const recipe: Recipe = {
      parts: ["fails", String(unique)],
      build: async () => {
        if (fails) {
          throw trouble;
        }
      },
    };
    await using first = new Databases(server);
    await expect(first.clone(recipe)).rejects.toBe(trouble);
    await expect(first.clone(recipe)).rejects.toBe(trouble);
    fails = false;

    await using second = new Databases(server);
    await using clone = await second.clone(recipe);

    expect(await ask(clone.name, "SELECT 1")).toEqual(["1"]);
  });
});
