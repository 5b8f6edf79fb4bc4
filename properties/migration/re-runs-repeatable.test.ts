/** What rule `re-runs.4` finds in small repeatable migrations, faulty and sound ones. */
import { expect, test } from "vitest";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import { keepsLaterWrites } from "./re-runs-repeatable.property.ts";
import { judgeMigration, REPEATABLE } from "./testing/judge-migration.ts";

const databases = useDatabases();

const ROLES = `CREATE TABLE roles (name text PRIMARY KEY, rank int NOT NULL, note text);
CREATE TABLE members (id serial PRIMARY KEY, role text REFERENCES roles ON DELETE CASCADE);`;
const SEED = "INSERT INTO roles VALUES ('reader', 1), ('writer', 2)";

interface Case {
  readonly title: string;
  readonly up: string;
  readonly findings?: readonly string[];
  readonly notes?: readonly string[];
}

test.each<Case>([
  {
    title: "a table that is dropped and created again",
    up: "DROP TABLE IF EXISTS scores; CREATE TABLE scores (id int PRIMARY KEY, points int);",
    findings: ["later-row-lost public.scores"],
  },
  {
    title: "rows that are deleted, and those that refer to them",
    up: `DELETE FROM roles; ${SEED};`,
    findings: ["later-row-lost public.members", "later-row-lost public.roles"],
  },
  { title: "rows of the migration's own", up: `DELETE FROM roles WHERE name IN ('reader', 'writer'); ${SEED};` },
  {
    title: "values that are set in each row",
    up: "UPDATE roles SET rank = 0;",
    findings: ["later-value-overwritten public.roles.rank"],
  },
  { title: "values that are set where there are none", up: "UPDATE roles SET note = '-' WHERE note IS NULL;" },
  {
    title: "views, functions and triggers",
    up: `CREATE OR REPLACE VIEW ranks AS SELECT rank FROM roles;
CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
DROP TRIGGER IF EXISTS t ON roles; CREATE TRIGGER t BEFORE INSERT ON roles FOR EACH ROW EXECUTE FUNCTION f();
DROP MATERIALIZED VIEW IF EXISTS m; CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM roles;`,
  },
  { title: "what cannot run twice", up: "CREATE VIEW ranks AS SELECT rank FROM roles;", notes: ["up.sql"] },
])("$title", async ({ up, findings = [], notes = [] }) => {
  const example = { before: ROLES, up, repeatable: true } as const;
  const judged = await judgeMigration(databases, [keepsLaterWrites], example, { transaction: "file" });

  expect(judged.findings).toEqual(findings.map((finding) => `re-runs.4 ${finding}`));
  expect(judged.notes).toEqual(notes.map((note) => `re-runs.4 ${note}`));
});

test.each([
  ["a table of its own", "DROP TABLE IF EXISTS scores; CREATE TABLE scores (id int PRIMARY KEY, points int);", []],
  ["a table that was there", "DELETE FROM members;", ["public.members"]],
  ["values that were there", "UPDATE roles SET rank = 0;", ["public.roles.rank"]],
])("a draft, which developers alone run again, is noted: %s", async (_, up, notes) => {
  const release = { transaction: "file" as const, origin: { ...REPEATABLE, isDraft: true as const } };
  const judged = await judgeMigration(databases, [keepsLaterWrites], { before: ROLES, up }, release);

  expect(judged.findings).toEqual([]);
  expect(judged.notes).toEqual(notes.map((note) => `re-runs.4 ${note}`));
});

test("other migrations are not run again", async () => {
  const { findings } = await judgeMigration(databases, [keepsLaterWrites], { before: ROLES, up: "DELETE FROM roles;" });

  expect(findings).toEqual([]);
});
