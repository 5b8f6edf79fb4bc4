import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startEmbedded } from "../server/embedded/embedded.ts";
import type { Recipe } from "./database-provider.ts";
import { Databases } from "./databases.ts";
import { Pool } from "./pool.ts";
import type { Server } from "./server.ts";
import { Session } from "./session.ts";

let server: Server;
let unique = 0;

beforeAll(async () => {
  server = await startEmbedded();
});
afterAll(async () => await server[Symbol.asyncDispose]());
beforeEach(() => {
  unique += 1;
});

interface Link {
  readonly recipe: Recipe;
  /** How often it was built. */
  readonly built: () => number;
}

function makeLink(sql: string, from?: Recipe): Link {
  let times = 0;
  const build = async (session: Session) => {
    times += 1;
    await session.query(sql);
  };

  return {
    recipe: { parts: [String(unique), sql], isLink: true, build, ...(from !== undefined && { from }) },
    built: () => times,
  };
}

/** Links that no other test uses, each from the one before it. */
function chain(first: string, second: string, third: string): readonly [Link, Link, Link] {
  const one = makeLink(first);
  const two = makeLink(second, one.recipe);

  return [one, two, makeLink(third, two.recipe)];
}

async function query(database: string, sql: string): Promise<readonly (string | null)[]> {
  await using session = await Session.open(server.connection(database));

  return (await session.tryExecute(sql)).rows.map(([value]) => value ?? null);
}

const countTemplates = async () =>
  (await query("postgres", "SELECT datname FROM pg_database WHERE datname LIKE 'plumbline\\_t\\_%'")).length;

describe("links of a long state", () => {
  test("are built in one database, from the last template before them, each as in a session of its own", async () => {
    await using databases = new Databases(server);
    const [first, second, third] = chain(
      "CREATE TABLE marks (mark text); SET application_name TO 'first'",
      "INSERT INTO marks VALUES ('second'), (current_setting('application_name')); CREATE TEMP TABLE later ()",
      "INSERT INTO marks VALUES ('third'), (to_regclass('later')::text)",
    );
    const before = await countTemplates();
    await databases.clone(second.recipe);
    const clone = await databases.clone(third.recipe);

    expect(await query(clone.name, "SELECT mark FROM marks")).toEqual(["second", "", "third", null]);
    expect([first, second, third].map(({ built }) => built())).toEqual([1, 1, 1]);
    expect((await countTemplates()) - before).toBe(2);
  });

  test("get what one before them sets the database to", async () => {
    await using databases = new Databases(server);
    const [, , third] = chain(
      "CREATE SCHEMA app; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path TO app', current_database()); END $$",
      "CREATE TABLE marks (mark text)",
      "INSERT INTO marks VALUES (current_schema())",
    );
    const clone = await databases.clone(third.recipe);

    expect(await query(clone.name, "SELECT mark FROM app.marks")).toEqual(["app"]);
  });

  test("are found by another provider on the same server, and built on from there", async () => {
    const [first, second, third] = chain("CREATE TABLE marks (mark text)", "SELECT 2", "SELECT 3");
    await using one = new Databases(server);
    await one.prepare(second.recipe);
    await using other = new Databases(server);
    await other.prepare(third.recipe);

    expect([first, second, third].map(({ built }) => built())).toEqual([1, 1, 1]);
  });

  test("are templates from the first use on in a pool too", async () => {
    await using pool = new Pool(new Databases(server));
    const [, second] = chain("CREATE TABLE marks (mark text)", "SELECT 2", "SELECT 3");
    await (await pool.clone(second.recipe))[Symbol.asyncDispose]();
    await (await pool.clone({ parts: ["after"], from: second.recipe, build: () => Promise.resolve() }))[
      Symbol.asyncDispose
    ]();

    expect(second.built()).toBe(1);
  });
});
