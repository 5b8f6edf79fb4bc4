import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Recipe } from "../../harness/database/database-provider.ts";
import type { Release } from "../../harness/release/release.ts";
import { createTemporaryFolder } from "../../harness/testing/temporary-directory.ts";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import { adaptOrganizations } from "./adapted-organizations.ts";
import { organizationId } from "./organization-rows.ts";

const databases = useDatabases();

const releaseIn = (folder: string): Release => ({
  name: "some",
  folder,
  lists: { baseline: [], migrate: [] },
  knownFailures: [],
});

const recipe = (sql: string): Recipe => ({ parts: [sql], build: async (session) => void (await session.query(sql)) });

/** @param baseline without psql's own commands */
async function adapt(baseline: string, release = releaseIn(createTemporaryFolder())) {
  await using empty = await databases.clone(recipe(baseline));

  return await adaptOrganizations(empty, release);
}

async function readBaseline(path: string): Promise<string> {
  return (await readFile(join(import.meta.dirname, path), "utf8")).replace(/^\\.*$/gm, "");
}

test("the document's baseline keeps its rows", async () => {
  expect(await adapt(await readBaseline("../../sql/baseline/schema.sql"))).toBeUndefined();
});

test.each(["agency", "dumped", "ledger", "tenant"])("a baseline of another kind is filled: %s", async (name) => {
  const baseline = await readBaseline(`../../properties/credits/testing/baselines/${name}.sql`);
  const fill = await adapt(baseline);
  await using database = await databases.clone(recipe(baseline));
  const session = await database.connect();
  for (const statement of fill?.(1_200, 42) ?? []) await session.query(statement);
  const [row] =
    await session.query(`SELECT count(*) AS rows, count(DISTINCT id) AS ids, count(DISTINCT total_credits) > 20 AS vary,
    count(DISTINCT plan_name) > 2 AS plans, bool_or(id = '${organizationId(1_200)}') AS last, (SELECT count(*) > 800 FROM credit_actions) AS logged
    FROM organizations`);

  expect(row).toEqual({ rows: "1200", ids: "1200", vary: "t", plans: "t", last: "t", logged: "t" });
});

test("times that the table asks for are given once", async () => {
  const plain = await readBaseline("../../sql/baseline/schema.sql");
  const baseline = plain.replaceAll(/(\w+_at) TIMESTAMPTZ DEFAULT now\(\)/g, "$1 TIMESTAMP NOT NULL");
  const fill = await adapt(baseline);
  await using database = await databases.clone(recipe(baseline));
  const session = await database.connect();
  for (const statement of fill?.(10, 42) ?? []) await session.query(statement);

  expect(await session.query("SELECT count(*) AS rows FROM organizations")).toEqual([{ rows: "10" }]);
});

test("a baseline that accepts no organization is an error, unless the configuration helps", async () => {
  const baseline = `${await readBaseline("../../sql/baseline/schema.sql")}
CREATE FUNCTION is_known(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN $1 ~ '^org-[0-9]+$'; END $$;
ALTER TABLE organizations ADD slug text NOT NULL, ADD CONSTRAINT known_slug CHECK (is_known(slug));`;
  const folder = createTemporaryFolder({
    "plumbline.config.ts": `export default { rows: { organizations: { slug: "'org-' || n" } } };`,
  });

  await expect(adapt(baseline)).rejects.toMatchObject({
    message: expect.stringMatching(/The rows to measure on cannot be made: .*known_slug/),
    remedy: expect.stringContaining("plumbline.config.ts"),
  });
  expect(await adapt(baseline, releaseIn(folder))).toBeDefined();
  await expect(adapt("CREATE TABLE organizations (id uuid)")).rejects.toThrow(/no column organizations\.plan_name/);
});
