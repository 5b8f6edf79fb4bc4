import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database, Recipe } from "../database/database-provider.ts";
import { Databases } from "../database/databases.ts";
import type { Server } from "../database/server.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { makeStep } from "../testing/example-release.ts";
import { apply, firstError } from "./apply.ts";
import type { Step, TransactionMode } from "./release.ts";

const empty: Recipe = { parts: ["shared roles"], build: () => Promise.resolve() };

let server: Server;
let databases: Databases;

beforeAll(async () => {
  server = await startEmbedded();
  databases = new Databases(server);
});
afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** The SQLSTATE of the first error, if there is one. */
async function run(database: Database, steps: readonly Step[], before: readonly Step[] = []) {
  await using session = await database.connect();

  return firstError(await apply(session, steps, before))?.error;
}

async function isGranted(database: Database, role: string): Promise<unknown> {
  const [row] = await (await database.observer()).query(
    `SELECT has_table_privilege('${role}', 'public.a', 'SELECT') AS granted`,
  );

  return row?.["granted"];
}

test.each<TransactionMode>(["statement", "file", "query", "run"])(
  "a migration that creates a role, and a down that drops it, run in every database: %s",
  async (transaction) => {
    const role = `writer_${transaction}`;
    const step = async (sql: string): Promise<Step> => ({ ...(await makeStep("1.sql", sql)), transaction });
    const up = [await step(`CREATE TABLE a (); CREATE ROLE ${role}; GRANT SELECT ON a TO ${role}`)];
    const down = [await step(`REVOKE ALL ON a FROM ${role}; DROP ROLE ${role}; DROP TABLE a`)];
    const [one, other] = await Promise.all([databases.clone(empty), databases.clone(empty)]);

    expect(await Promise.all([run(one, up), run(other, up)])).toEqual([undefined, undefined]);
    expect([await isGranted(one, role), await isGranted(other, role)]).toEqual(["t", "t"]);
    expect(await run(one, down, up)).toBeUndefined();
    expect(await run(one, up, [...up, ...down])).toBeUndefined();
    expect(await run(other, down, up)).toBeUndefined();
  },
);

test("a role that the same history created, and did not drop, cannot be created again", async () => {
  const database = await databases.clone(empty);
  const up = [await makeStep("1.sql", 'CREATE USER "Odd ""Name" LOGIN')];

  expect(await run(database, up)).toBeUndefined();
  expect(await run(database, up, up)).toMatchObject({ code: "42710" });
  expect(await run(database, [...up, ...up])).toMatchObject({ code: "42710" });
});

test("a role that something in the database depends on, or that is not there, cannot be dropped", async () => {
  const database = await databases.clone(empty);
  await run(database, [await makeStep("1.sql", "CREATE TABLE a (); CREATE ROLE used; GRANT SELECT ON a TO used")]);

  expect(await run(database, [await makeStep("2.sql", "DROP ROLE IF EXISTS gone_1, used")])).toEqual({
    code: "2BP01",
    message: 'role "used" cannot be dropped because some objects depend on it',
  });
  expect(await run(database, [await makeStep("2.sql", "DROP ROLE gone_1")])).toEqual({
    code: "42704",
    message: 'role "gone_1" does not exist',
  });
  expect(await run(database, [await makeStep("2.sql", "DROP GROUP IF EXISTS gone_1")])).toBeUndefined();
});

test.each<TransactionMode>(["statement", "file"])(
  "so do blocks that create and drop roles: %s",
  async (transaction) => {
    const step = async (sql: string): Promise<Step> => ({ ...(await makeStep("1.sql", sql)), transaction });
    const [plain, executed] = [`plain_${transaction}`, `executed_${transaction}`];
    const up = [
      await step(`CREATE TABLE a ();
DO $$ BEGIN
  -- CREATE ROLE ${plain};
  CREATE ROLE ${plain} LOGIN PASSWORD 'a;b'; RAISE NOTICE 'CREATE ROLE %;', 'x';
  EXECUTE format('CREATE ROLE %I', '${executed}');
  GRANT SELECT ON a TO ${plain}, ${executed};
END $$;`),
    ];
    const down = [
      await step(`REVOKE ALL ON a FROM ${plain}, ${executed}; DO $$ BEGIN DROP ROLE ${plain}; END $$; DROP TABLE a`),
    ];
    const [one, other] = await Promise.all([databases.clone(empty), databases.clone(empty)]);

    expect([await run(one, up), await run(other, up)]).toEqual([undefined, undefined]);
    expect([await isGranted(one, plain), await isGranted(other, executed)]).toEqual(["t", "t"]);
    expect(await run(one, down, up)).toBeUndefined();
    expect(await run(one, up, [...up, ...down])).toBeUndefined();
    expect(await run(other, [await step(`DO $$ BEGIN CREATE ROLE ${plain}; END $$`)], up)).toMatchObject({
      code: "42710",
    });
  },
);
