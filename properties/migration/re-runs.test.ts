/** What the rules `re-runs` find in small migrations, faulty and sound ones. */
import { expect, test } from "vitest";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import * as rules from "./re-runs.property.ts";
import { judgeMigration } from "./testing/judge-migration.ts";

const databases = useDatabases();

const BEFORE =
  "CREATE TABLE pages (id serial PRIMARY KEY, slug text NOT NULL, hits int NOT NULL DEFAULT 0, seen timestamptz);";
const INDEX = "CREATE INDEX CONCURRENTLY pages_slug ON pages (slug);";

interface Case {
  readonly title: string;
  readonly up: string;
  readonly findings?: readonly string[];
  readonly notes?: readonly string[];
}

test.each<Case>([
  {
    title: "values that the next run takes for others",
    up: `UPDATE pages SET slug = 'v0.0' WHERE slug = 'v0' AND hits = -77 AND seen IS NULL;
UPDATE pages SET slug = 'v0' WHERE slug = '' AND hits = -77 AND seen IS NULL;
ALTER TABLE pages ALTER slug SET DEFAULT 'v0';`,
    findings: ["re-runs.1 re-run-differs public.pages.slug"],
  },
  {
    title: "rows that are inserted again",
    up: `INSERT INTO pages (slug) VALUES ('welcome'); ${INDEX}`,
    findings: ["re-runs.1 re-run-differs public.pages"],
    notes: ["re-runs.2 up.sql, line 1"],
  },
  {
    title: "rows that are inserted again before it fails",
    up: `INSERT INTO pages (slug) VALUES ('welcome'); CREATE TABLE logs (id int); ${INDEX}`,
    findings: ["re-runs.1 re-run-differs public.pages", "re-runs.1 failing-re-run-repeats public.pages"],
    notes: ["re-runs.2 up.sql, line 1"],
  },
  {
    title: "a number that grows each time",
    up: `UPDATE pages SET hits = hits + 1; ${INDEX.replace("LY", "LY IF NOT EXISTS")}`,
    findings: ["re-runs.1 re-run-differs public.pages.hits", "re-runs.2 invalid-index-hidden public.pages_slug"],
  },
  {
    title: "an index without a name, twice",
    up: "CREATE INDEX CONCURRENTLY ON pages (slug); UPDATE pages SET hits = 7;",
    findings: [
      "re-runs.1 re-run-differs public.pages_slug_idx1",
      "re-runs.2 invalid-index-hidden public.pages_slug_idx",
    ],
  },
  {
    title: "statements that may be repeated",
    up: `UPDATE pages SET hits = 7, seen = now() WHERE hits = 0; DROP INDEX CONCURRENTLY IF EXISTS pages_slug; ${INDEX}
CREATE TABLE IF NOT EXISTS logs (id serial); INSERT INTO pages (id, slug) VALUES (-77, 'x') ON CONFLICT DO NOTHING;`,
  },
  {
    title: "numbers that a stop skips",
    up: "INSERT INTO pages (slug) SELECT 'once' WHERE NOT EXISTS (SELECT FROM pages WHERE slug = 'once'); SELECT nextval('pages_id_seq'); INSERT INTO pages (slug) SELECT 'more' WHERE NOT EXISTS (SELECT FROM pages WHERE slug = 'more');",
  },
  {
    title: "statements that fail when they are repeated",
    up: `CREATE TABLE logs (id int); ${INDEX}`,
    notes: ["re-runs.1 up.sql, line 1", "re-runs.2 up.sql, line 1"],
  },
  {
    title: "a transaction of the file's own",
    up: "BEGIN; INSERT INTO pages (slug) VALUES ('x'); INSERT INTO pages (slug) VALUES ('y'); COMMIT;",
  },
  { title: "one statement", up: "INSERT INTO pages (slug) VALUES ('x');" },
])("$title", async ({ up, findings = [], notes = [] }) => {
  const release = { transaction: "statement" as const, stopsAtError: true };
  const judged = await judgeMigration(databases, Object.values(rules), { before: BEFORE, up }, release);

  expect(judged.findings.toSorted()).toEqual(findings.toSorted());
  expect(judged.notes.toSorted()).toEqual(notes.toSorted());
});

test("files that are one transaction are not stopped", async () => {
  const up = "INSERT INTO pages (slug) VALUES ('x'); UPDATE pages SET hits = hits + 1;";
  for (const transaction of ["file", "query", "run"] as const) {
    const { findings } = await judgeMigration(databases, Object.values(rules), { before: BEFORE, up }, { transaction });

    expect(findings).toEqual([]);
  }
});

test("what one row keeps another from is tried on the other alone", async () => {
  const before = "CREATE TABLE tags (id int PRIMARY KEY, name text NOT NULL UNIQUE, rank int);";
  const up = `UPDATE tags SET name = 'v0.0' WHERE name = 'v0' AND rank = -77;
UPDATE tags SET name = 'v0' WHERE name = 'v' AND rank = -77;
ALTER TABLE tags ALTER name SET DEFAULT 'v0';`;
  const { findings, notes } = await judgeMigration(databases, [rules.resumes], { before, up });

  expect(findings).toEqual(["re-runs.1 re-run-differs public.tags.name"]);
  expect(notes).toEqual(["re-runs.1 up.sql, line 2"]);
});

test.each([
  [
    "rows that are inserted before it fails",
    "INSERT INTO pages (slug) VALUES ('x'); ALTER TABLE pages ALTER seen SET NOT NULL;",
    ["public.pages"],
  ],
  [
    "rows that are inserted once",
    "INSERT INTO pages (id, slug) VALUES (-7, 'x') ON CONFLICT DO NOTHING; ALTER TABLE pages ALTER seen SET NOT NULL;",
    [],
  ],
])("re-runs.3: %s", async (_, up, subjects) => {
  const { findings } = await judgeMigration(databases, [rules.doesNotAccumulate], { before: BEFORE, up });

  expect(findings).toEqual(subjects.map((subject) => `re-runs.3 failing-re-run-repeats ${subject}`));
});
