/** A rule is unknown where the rows that a migration is about cannot be made. */
import { expect, test } from "vitest";
import { Inconclusive } from "../../harness/errors.ts";
import { withResources } from "../../harness/suite/with-resources.ts";
import { makeStep } from "../../harness/testing/example-release.ts";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import { appliesToAllRows } from "./applies.property.ts";
import { keepsAttributes } from "./keeps.property.ts";
import type { MigrationRule } from "./rule.ts";
import { openContext } from "./world.ts";

const databases = useDatabases();

const REFUSING = `CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
CREATE TABLE others (id int PRIMARY KEY, note text);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF length(NEW.email) < 70000 + (SELECT count(*) FROM pg_class) THEN RAISE EXCEPTION 'too short'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION refuse();`;

/** Why the rule is unknown; `held` where it is not. */
async function check(rule: MigrationRule, up: string): Promise<string> {
  const lists = { baseline: [await makeStep("before.sql", REFUSING)], migrate: [await makeStep("up.sql", up)] };
  const release = { name: "up", folder: "/", knownFailures: [], lists };

  return await withResources({ release, databases, seed: 1 }, async (resources) => {
    try {
      return ((await rule.holds({}, openContext(resources))) as readonly unknown[]).length === 0 ? "held" : "violated";
    } catch (thrown) {
      if (thrown instanceof Inconclusive) return thrown.message;
      throw thrown;
    }
  });
}

const UNKNOWN =
  /^no row of public\.users was accepted \(P0001 too short \(trigger refuse\)\), .* rows: .*public\.users/;

test.each([
  ["updated rows", appliesToAllRows, "UPDATE users SET email = lower(email);", UNKNOWN],
  ["deleted rows", appliesToAllRows, "DELETE FROM users WHERE email = '';", UNKNOWN],
  ["rows under a constraint", appliesToAllRows, "ALTER TABLE users ADD CHECK (email <> 'x');", UNKNOWN],
  ["rows of another table", appliesToAllRows, "UPDATE others SET note = 'x';", /^held$/],
  ["a column more", appliesToAllRows, "ALTER TABLE users ADD note text;", /^held$/],
  ["the schema alone", keepsAttributes, "UPDATE users SET email = lower(email);", /^held$/],
])("a rule about %s", async (_what, rule, up, verdict) => {
  expect(await check(rule, up)).toMatch(verdict);
});
