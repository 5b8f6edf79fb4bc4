import { expect, test } from "vitest";
import { makeStep } from "../testing/example-release.ts";
import { suggestRemedy, suggestSetup } from "./missing-state.ts";

test.each([
  ["0A000", 'extension "vector" is not available', "--server container --image pgvector/pgvector:pg17"],
  ["0A000", 'extension "mine" is not available', "--server container --image IMAGE"],
  ["42704", 'role "anon" does not exist', `'CREATE ROLE "anon"' to setup in plumbline.config.ts`],
  ["3F000", 'schema "auth" does not exist', 'If a platform provides "auth", create it in setup'],
  ["42601", 'syntax error at or near "x"', "Use a newer version of PostgreSQL with --postgres"],
  ["42P01", 'relation "items" does not exist', "plumbline.config.ts; if your tool sets a search_path, set it there"],
  ["42P01", 'relation "shop.items" does not exist', "plumbline.config.ts; else fix the order of the files"],
  ["2D000", "invalid transaction termination", "name the tool with --layout"],
  ["25001", "CREATE INDEX CONCURRENTLY cannot run inside a transaction block", "name the tool with --layout"],
])("what is missing is said with what to do: %s %s", (code, message, remedy) => {
  expect(suggestRemedy({ code, message })).toContain(remedy);
});

test("an error of the migration itself has no such remedy", () => {
  const message = "INSERT has more expressions than target columns";
  expect(suggestRemedy({ code: "42601", message })).toBeUndefined();
  expect(suggestRemedy({ code: "23505", message: "duplicate key value violates unique constraint" })).toBeUndefined();
});

const extension = { code: "0A000", message: 'extension "vector" is not available' };
const role = { code: "42704", message: 'role "app" does not exist' };
const syntax = { code: "42601", message: 'syntax error at or near "NULLS"' };
const relation = { code: "42P01", message: 'relation "a" does not exist' };

test.each([
  ["CREATE EXTENSION vector", extension, "CREATE TABLE a ()", "has the extension vector"],
  ["GRANT SELECT ON a TO app", role, "CREATE TABLE a ()", "to setup in plumbline.config.ts"],
  ["GRANT SELECT ON a TO app", role, "CREATE USER app2", "to setup in plumbline.config.ts"],
  ["GRANT SELECT ON a TO app", role, "CREATE USER App", undefined],
  ["GRANT SELECT ON a TO app", role, 'DO $$ BEGIN CREATE ROLE "app"; END $$', undefined],
  ["CREATE UNIQUE INDEX ON a (b) NULLS NOT DISTINCT", syntax, "", "--postgres"],
  ["DO $$ BEGIN EXECUTE 'SELECT NULLS NULLS'; END $$", syntax, "", undefined],
  ["SELECT * FROM a", relation, "", undefined],
])("of a migration: %s, %o after %s", async (sql, error, before, remedy) => {
  const [earlier, step] = [await makeStep("1.sql", before), await makeStep("2.sql", sql)];
  const [statement] = step.statements;
  const suggested = statement && suggestSetup({ statement, error }, [earlier, step]);

  if (remedy === undefined) expect(suggested).toBeUndefined();
  else expect(suggested).toContain(remedy);
});
