import { expect, test } from "vitest";
import { Inconclusive } from "../../harness/errors.ts";
import type { MigrationOrigin, Release } from "../../harness/release/release.ts";
import type { TestResources } from "../../harness/suite/test-resources.ts";
import { withResources } from "../../harness/suite/with-resources.ts";
import { makeStep } from "../../harness/testing/example-release.ts";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import { appliesToAllRows, appliesToOrdinaryRows } from "./applies.property.ts";
import { declarationsApply } from "./declarations.property.ts";
import { findPreflightChecks } from "./preflight.ts";
import { generateRowSets } from "./recorded-rows.ts";
import { restoresSchema } from "./rolls-back.property.ts";
import type { MigrationRule } from "./rule.ts";
import { sequencesFollow } from "./sequences.property.ts";
import { openContext } from "./world.ts";

const databases = useDatabases();
const reason = "the code of up reads rows of users, and may do something else on other rows";

/** A migration that is known for the rows of the state before alone. */
async function makeOwnRelease(before: string, up: string, origin: Partial<MigrationOrigin> = {}): Promise<Release> {
  return {
    ...{ name: "up", folder: "/", knownFailures: [] },
    lists: { baseline: [await makeStep("before.sql", before)], migrate: [await makeStep("up.sql", up)] },
    origin: {
      ...{ folder: "/", layout: "recorded", index: 0, migration: "up", hasDowns: true, repeatable: false },
      ...{ ownRowsOnly: true, ...origin },
    },
  };
}

async function work<Result>(release: Release, run: (resources: TestResources) => Promise<Result>): Promise<Result> {
  return await withResources({ release, databases, seed: 1 }, run);
}

/** The kinds of its violations, or why it is unknown. */
async function check(rule: MigrationRule, release: Release): Promise<readonly (string | undefined)[] | string> {
  return await work(release, async (resources) => {
    try {
      const violations = await rule.holds({}, openContext(resources));

      return [violations ?? []].flat().map(({ kind }) => kind);
    } catch (thrown) {
      if (thrown instanceof Inconclusive) return thrown.message;
      throw thrown;
    }
  });
}

const users = "CREATE TABLE users (id int PRIMARY KEY, email text);";
const notNull = "ALTER TABLE users ALTER COLUMN email SET NOT NULL;";

test("no rows are generated, so that what is not violated is unknown, but for where it was run again", async () => {
  const unknown = await makeOwnRelease(users, notNull, { unknownRows: reason });
  expect(await check(appliesToAllRows, unknown)).toBe(reason);
  expect(await check(appliesToAllRows, await makeOwnRelease(users, notNull))).toEqual([]);
  const assumed = `-- plumbline: assume users: email IS NOT NULL\n${notNull}`;
  expect(await check(declarationsApply, await makeOwnRelease(users, assumed))).toMatch(
    /^no rows are generated that would need: -- plumbline: assume/,
  );
});

test("what fails on the rows of the state before is violated", async () => {
  const filled = `${users} INSERT INTO users VALUES (1, NULL);`;
  const release = await makeOwnRelease(filled, notNull, { unknownRows: reason });
  expect(await check(appliesToOrdinaryRows, release)).toEqual([expect.stringContaining("fails-on-rows")]);
  expect(await check(sequencesFollow, release)).toMatch(/^up fails on the rows that are there: up.sql, line 1/);
});

test.each<[string, string, string, string, string?]>([
  ["NULL", users, "(1, NULL)", notNull, "-- plumbline: assume users: email IS NOT NULL"],
  ["a NULL of a new column", users, "(1, 'a')", "ALTER TABLE users ADD c int; ALTER TABLE users ALTER c SET NOT NULL;"],
  ["two that are equal", users, "(1, 'a'), (2, 'a')", "CREATE UNIQUE INDEX ON users (email);"],
  ["NULL, not generated", `${users} INSERT INTO users VALUES (1, NULL);`, "(2, 'a')", notNull],
])("what is offered to declare is so, and excuses the failure: %s", async (title, before, values, up, line) => {
  const rows = await makeStep("rows.sql", `INSERT INTO users VALUES ${values};`);
  const make = async (sql: string): Promise<Release> => {
    const release = await makeOwnRelease(before, sql);
    const isGenerated = title.endsWith("not generated") ? {} : ({ isGenerated: true } as const);

    return {
      ...release,
      lists: { ...release.lists, baseline: [...release.lists.baseline, { ...rows, ...isGenerated }] },
    };
  };
  const declared = await work(await make(up), async (resources) => {
    const [finding] = await appliesToOrdinaryRows.find(openContext(resources));

    return finding?.declare ?? "";
  });

  expect(declared).toBe(line ?? "-- plumbline: allow applies.1 because <why no row makes up.sql, line 1 fail>");
  // An assumption keeps such rows from being generated.
  if (line === undefined)
    expect(
      await check(appliesToOrdinaryRows, await make(`${declared.replace(/<.*>/, "there are none")}\n${up}`)),
    ).toEqual([]);
});

test("a down that is not known leaves its rules unknown", async () => {
  const release = await makeOwnRelease(users, notNull, { unknownDown: "the down reads rows" });
  expect(await check(restoresSchema, release)).toBe("the down reads rows");
});

test("preflight asks what the schema asks for, and says that the rest is not known", async () => {
  const { checks, unasked } = await work(
    await makeOwnRelease(users, notNull, { unknownRows: reason }),
    findPreflightChecks,
  );
  expect(checks.map(({ condition }) => condition)).toEqual(["email IS NOT NULL"]);
  expect(unasked).toEqual([{ subject: "up", message: reason }]);
});

test("a tool is run again on ordinary and on odd rows that keep to what is assumed", async () => {
  const sets = await work(await makeOwnRelease(users, "SELECT 1;"), generateRowSets);
  expect(sets.map(({ title }) => title)).toEqual(["ordinary rows", "odd rows"]);
  expect(sets[1]?.inserts).toContain("NULL");
  const assumed = await makeOwnRelease(users, "-- plumbline: assume users: email IS NOT NULL\nSELECT 1;");
  const kept = await work(assumed, generateRowSets);
  expect(kept.map(({ inserts }) => inserts.includes("NULL"))).toEqual([false, false]);
});

test.each([
  "SELECT id, email FROM users;",
  "SELECT u.* FROM public.users AS u WHERE id > 1;",
  `WITH made AS (SELECT * FROM users) SELECT set_config('plumbline.value_1', made.id::text, false) FROM made;`,
])("a tool is run again on odd values of the columns that its code reads: %s", async (read) => {
  const sets = await work(await makeOwnRelease(users, read), generateRowSets);
  expect(sets.map(({ title }) => title)).toEqual(["ordinary rows", "odd rows", "odd values"]);
  expect(sets[2]?.inserts).toContain("x".repeat(300));
});

test("a tool is run again on nothing odd where only ordinary rows are wanted", async () => {
  const release = await makeOwnRelease(users, "SELECT id, email FROM users;");
  const sets = await withResources({ release, databases, seed: 1, rows: "mild" }, generateRowSets);
  expect(sets.map(({ title }) => title)).toEqual(["ordinary rows"]);
});

test("no odd values are tried of what the code does not read", async () => {
  const writes = `WITH made AS (INSERT INTO users VALUES (1, 'a') RETURNING email) SELECT set_config('plumbline.value_1', made.email, false) FROM made;`;
  for (const sql of ["SELECT count(*) FROM users;", "UPDATE users SET email = 'a';", writes]) {
    const sets = await work(await makeOwnRelease(users, sql), generateRowSets);
    expect(sets.map(({ title }) => title)).toEqual(["ordinary rows", "odd rows"]);
  }
});
