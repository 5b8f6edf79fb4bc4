import { afterAll, beforeAll, expect, test } from "vitest";
import { hashRecipe } from "../database/database-provider.ts";
import { Databases } from "../database/databases.ts";
import type { Server } from "../database/server.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { makeRelease, makeStep } from "../testing/example-release.ts";
import { baselineRecipe } from "./recipes.ts";
import type { Release, Step } from "./release.ts";

let server: Server;

beforeAll(async () => {
  server = await startEmbedded();
});
afterAll(async () => await server[Symbol.asyncDispose]());

async function migrationAfter(...before: readonly (Step | string)[]): Promise<Release> {
  const baseline = await Promise.all(
    before.map((one, index) => (typeof one === "string" ? makeStep(`${index + 1}.sql`, one) : one)),
  );
  const release = await makeRelease("SELECT 1");
  const origin = { folder: "/", layout: "", index: 0, hasDowns: true, repeatable: false, migration: "" };

  return { ...release, lists: { ...release.lists, baseline }, origin };
}

test("releases of one history share the states before them", async () => {
  const [one, other] = [await makeStep("1.sql", "CREATE TABLE a ()"), await makeStep("2.sql", "CREATE TABLE b ()")];
  const earlier = baselineRecipe(await migrationAfter(one));
  const later = baselineRecipe(await migrationAfter(one, other));

  expect(later.from).toBe(earlier);
  expect(baselineRecipe(await migrationAfter({ ...one }, { ...other }))).not.toBe(later);
  expect(hashRecipe(baselineRecipe(await migrationAfter({ ...one }, { ...other })))).toBe(hashRecipe(later));
  expect(hashRecipe(baselineRecipe(await migrationAfter({ ...one, transaction: "file" }, other)))).not.toBe(
    hashRecipe(later),
  );
});

test("a state that does not apply names the first migration that fails, and no later one", async () => {
  await using databases = new Databases(server);
  const release = await migrationAfter("CREATE TABLE a ()", "SELECT 1;\nSELECT nothing", "SELECT more");

  await expect(databases.clone(baselineRecipe(release))).rejects.toMatchObject({
    message:
      'The state before the migration cannot be built: 2.sql, line 2: ERROR: column "nothing" does not exist (SQLSTATE 42703)',
    remedy: "Fix that migration first, or the order of the files",
  });
});

test("a state of thousands of migrations has a hash", async () => {
  const steps = Array.from({ length: 20_000 }, (_, index) => `SELECT ${index}`);
  const step = await makeStep("1.sql", "SELECT 1");
  const release = await migrationAfter();
  const baseline = steps.map((source) => ({ ...step, source }));
  const recipe = baselineRecipe({ ...release, lists: { ...release.lists, baseline } });

  expect(hashRecipe(recipe)).toMatch(/^[0-9a-f]{16}$/);
});

test("a setup that does not apply is one", async () => {
  await using databases = new Databases(server);
  const setup = [await makeStep("plumbline.config.ts, setup[0]", "SELECT nothing")];
  const release = await migrationAfter("SELECT 1");

  for (const one of [
    { ...release, setup },
    { ...(await makeRelease("SELECT 1")), setup },
  ]) {
    await expect(databases.clone(baselineRecipe(one))).rejects.toMatchObject({
      message: expect.stringMatching(
        /^setup in plumbline\.config\.ts does not apply: plumbline\.config\.ts, setup\[0\], line 1/,
      ),
      remedy: "Fix the statement there",
    });
  }
});

test.each(["statement", "file", "query"] as const)(
  "a role that an earlier state created on the server is taken as it is: %s",
  async (transaction) => {
    await using databases = new Databases(server);
    const source = `CREATE ROLE known_${transaction}; CREATE TABLE a (); GRANT SELECT ON a TO known_${transaction}`;
    const step = { ...(await makeStep("1.sql", source)), transaction };
    await databases.clone(baselineRecipe(await migrationAfter(step)));
    const again = await databases.clone(baselineRecipe(await migrationAfter(step, "SELECT 2", "SELECT 3")));
    const setup = await databases.clone(baselineRecipe({ ...(await makeRelease("SELECT 1")), setup: [step] }));

    for (const database of [again, setup]) {
      const [row] = await (await database.observer()).query(
        `SELECT has_table_privilege('known_${transaction}', 'public.a', 'SELECT') AS granted`,
      );
      expect(row?.["granted"]).toBe("t");
    }
  },
);
