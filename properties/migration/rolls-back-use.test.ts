/** What the rules `rolls-back` find after the new schema was used, in small migrations, faulty and sound ones. */
import { describe, expect, test } from "vitest";
import type { TransactionMode } from "../../harness/release/release.ts";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import * as schemaAndRows from "./rolls-back.property.ts";
import * as again from "./rolls-back-again.property.ts";
import * as frame from "./rolls-back-frame.property.ts";
import * as use from "./rolls-back-use.property.ts";
import type { MigrationExample } from "./rule.ts";
import { type Judged, judgeMigration } from "./testing/judge-migration.ts";

const rules = [schemaAndRows, again, use, frame].flatMap((file) => Object.values(file));
const databases = useDatabases();

const judge = async (example: MigrationExample, transaction: TransactionMode = "file"): Promise<Judged> =>
  await judgeMigration(databases, rules, example, { transaction });

interface Case extends MigrationExample {
  readonly title: string;
  readonly findings?: readonly string[];
  readonly answer?: string;
  readonly transaction?: TransactionMode;
}

const STATES = "CREATE TYPE state AS ENUM ('new', 'done'); CREATE TABLE jobs (id int PRIMARY KEY, state state, n int);";
const NAMED = "CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL);";
const HITS = "CREATE TABLE hits (page text NOT NULL, day date NOT NULL, n int NOT NULL, UNIQUE (page, day));";

describe("use of the new schema", () => {
  test.concurrent.each<Case>([
    {
      title: "NULLs that the rollback does not expect",
      before: NAMED,
      up: "ALTER TABLE t ALTER a DROP NOT NULL;",
      down: "ALTER TABLE t ALTER a SET NOT NULL;",
      findings: ["rolls-back.3 use-blocks-rollback public.t.a"],
      answer: "declare",
    },
    {
      title: "NULLs that it replaces",
      before: NAMED,
      up: "ALTER TABLE t ALTER a DROP NOT NULL;",
      down: "UPDATE t SET a = '' WHERE a IS NULL; ALTER TABLE t ALTER a SET NOT NULL;",
    },
    {
      title: "NULLs that it replaces, in rows that have no other value without a parent",
      before: "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, p int NOT NULL REFERENCES p);",
      up: "ALTER TABLE t DROP CONSTRAINT t_p_fkey, ALTER p DROP NOT NULL;",
      down: `INSERT INTO p VALUES (-1) ON CONFLICT DO NOTHING; UPDATE t SET p = -1 WHERE p IS NULL;
ALTER TABLE t ALTER p SET NOT NULL, ADD CONSTRAINT t_p_fkey FOREIGN KEY (p) REFERENCES p;`,
    },
    {
      title: "NULLs that it refuses with a message",
      before: NAMED,
      up: "ALTER TABLE t ALTER a DROP NOT NULL;",
      down: `DO $$ BEGIN IF EXISTS (SELECT FROM t WHERE a IS NULL) THEN RAISE EXCEPTION 'give each row an a'; END IF; END $$;
ALTER TABLE t ALTER a SET NOT NULL;`,
    },
    {
      title: "NULLs that it deletes",
      before: NAMED,
      up: "ALTER TABLE t ALTER a DROP NOT NULL;",
      down: "DELETE FROM t WHERE a IS NULL; ALTER TABLE t ALTER a SET NOT NULL;",
      findings: ["rolls-back.3 rows-lost public.t"],
      answer: "declare",
    },
    {
      title: "NULLs that stop it halfway",
      before: NAMED,
      up: "ALTER TABLE t ADD b int; ALTER TABLE t ALTER a DROP NOT NULL;",
      down: "ALTER TABLE t DROP b; ALTER TABLE t ALTER a SET NOT NULL;",
      transaction: "statement",
      findings: ["rolls-back.3 use-breaks-rollback public.t.a"],
      answer: "error",
    },
    {
      title: "a label for which there is no older one",
      before: STATES,
      up: "ALTER TYPE state ADD VALUE 'failed';",
      down: `ALTER TYPE state RENAME TO state_old; CREATE TYPE state AS ENUM ('new', 'done');
ALTER TABLE jobs ALTER state TYPE state USING state::text::state; DROP TYPE state_old;`,
      findings: ["rolls-back.3 use-blocks-rollback public.jobs.state"],
      answer: "declare",
    },
    {
      title: "pairs that collide again",
      before: HITS,
      up: "ALTER TABLE hits DROP CONSTRAINT hits_page_day_key; ALTER TABLE hits ADD region text;",
      down: "ALTER TABLE hits DROP region; ALTER TABLE hits ADD CONSTRAINT hits_page_day_key UNIQUE (page, day);",
      findings: ["rolls-back.3 use-blocks-rollback public.hits.hits_page_day_key"],
      answer: "declare",
    },
    {
      title: "pairs that are merged",
      before: HITS,
      up: "ALTER TABLE hits DROP CONSTRAINT hits_page_day_key; ALTER TABLE hits ADD region text;",
      down: `CREATE TEMP TABLE merged AS SELECT page, day, sum(n)::int AS n FROM hits GROUP BY page, day;
DELETE FROM hits; INSERT INTO hits (page, day, n) SELECT page, day, n FROM merged; DROP TABLE merged;
ALTER TABLE hits DROP region; ALTER TABLE hits ADD CONSTRAINT hits_page_day_key UNIQUE (page, day);`,
    },
    {
      title: "longer values",
      before: "CREATE TABLE t (id int PRIMARY KEY, a varchar(5), n int);",
      up: "ALTER TABLE t ALTER a TYPE text, ALTER n TYPE bigint;",
      down: "ALTER TABLE t ALTER a TYPE varchar(5) USING left(a, 5), ALTER n TYPE int;",
      findings: ["rolls-back.3 use-blocks-rollback public.t.n"],
      answer: "declare",
    },
  ])("$title", async ({ title: _, findings = [], answer, transaction, ...example }) => {
    const judged = await judge(example, transaction);

    expect(judged.findings).toEqual(findings);
    expect(judged.found.map((finding) => finding.answer)).toEqual(findings.map(() => answer));
  });

  test.each([
    ["ALTER TABLE hits DROP CONSTRAINT hits_page_day_key", "ALTER TABLE hits ADD UNIQUE (page, day)", "Decide before"],
    [
      "ALTER TABLE hits ALTER n DROP NOT NULL",
      "ALTER TABLE hits ALTER n SET NOT NULL",
      "Give such rows a value before",
    ],
  ])("what to do fits the use: %s", async (up, down, hint) => {
    const { found } = await judge({ before: HITS, up, down });

    expect(found.map((finding) => finding.hint?.slice(0, hint.length))).toEqual([hint]);
  });
});
