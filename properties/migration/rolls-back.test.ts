/** What the rules `rolls-back` find in small migrations, faulty and sound ones. */
import { describe, expect, test } from "vitest";
import type { Release, Step } from "../../harness/release/release.ts";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import * as schemaAndRows from "./rolls-back.property.ts";
import * as again from "./rolls-back-again.property.ts";
import * as frame from "./rolls-back-frame.property.ts";
import * as use from "./rolls-back-use.property.ts";
import type { MigrationExample } from "./rule.ts";
import { type Judged, judgeMigration } from "./testing/judge-migration.ts";
import { openContext } from "./world.ts";

const rules = [schemaAndRows, again, use, frame].flatMap((file) => Object.values(file));
const databases = useDatabases();

const judge = async (
  example: MigrationExample,
  release: Partial<Release> & Pick<Step, "transaction"> = {},
): Promise<Judged> => await judgeMigration(databases, rules, example, { transaction: "file", ...release });

test.each(rules)("$id: the bad example violates it, and the good one does not", async (rule) => {
  expect((await judge(rule.bad)).findings.join("\n")).toContain(`${rule.id} `);
  expect((await judge(rule.good)).findings).toEqual([]);
});

test.each(rules)("$id is unknown where a release lists no rollback", async (rule) => {
  const release: Release = { name: "a", folder: "/", lists: { baseline: [], migrate: [] }, knownFailures: [] };

  await expect(rule.holds({}, openContext({ release, databases }))).rejects.toThrow("lists no rollback");
});

interface Case extends MigrationExample {
  readonly title: string;
  readonly findings?: readonly string[];
  readonly notes?: readonly string[];
}

const USERS = "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, visits int);";

describe("schema", () => {
  test.concurrent.each<Case>([
    {
      title: "a column that comes back at the end",
      before: USERS,
      up: "ALTER TABLE users DROP email;",
      down: "ALTER TABLE users ADD email text NOT NULL DEFAULT ''; ALTER TABLE users ALTER email DROP DEFAULT;",
      notes: ["rolls-back.1 public.users.email"],
    },
    {
      title: "a label that is left over, since the migration allows for it",
      before: "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE t (mood mood, a int);",
      up: "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'sad'; ALTER TABLE t ADD b int;",
      down: "ALTER TABLE t DROP b;",
      notes: ["rolls-back.1 public.mood.'sad'"],
    },
    {
      title: "a label that is left over, and in the way",
      before: "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE t (mood mood, a int);",
      up: "ALTER TYPE mood ADD VALUE 'sad'; ALTER TABLE t ADD b int;",
      down: "ALTER TABLE t DROP b;",
      findings: ["rolls-back.4 migrating-again-fails up.sql, line 1"],
      notes: ["rolls-back.1 public.mood.'sad'"],
    },
    {
      title: "a type that is left over and in the way: one fault",
      before: USERS,
      up: "CREATE TYPE mood AS ENUM ('sad'); ALTER TABLE users ADD mood mood;",
      down: "ALTER TABLE users DROP mood;",
      findings: ["rolls-back.1 schema-differs public.mood"],
    },
    {
      title: "a constraint that is not restored, and missing then: one fault",
      before: `${USERS} ALTER TABLE users ADD CONSTRAINT seen CHECK (visits >= 0);`,
      up: "ALTER TABLE users DROP CONSTRAINT seen; ALTER TABLE users ADD nick text;",
      down: "ALTER TABLE users DROP nick;",
      findings: ["rolls-back.1 schema-differs public.users.seen"],
    },
    {
      title: "an extension",
      before: USERS,
      up: "CREATE EXTENSION IF NOT EXISTS citext; ALTER TABLE users ADD nick citext;",
      down: "ALTER TABLE users DROP nick;",
      notes: ["rolls-back.1 citext"],
    },
    {
      title: "a table under a generated name, and one that is left over",
      before: USERS,
      up: "DO $$ BEGIN EXECUTE format('CREATE TABLE kept_%s (a int)', replace(gen_random_uuid()::text, '-', '')); END $$; CREATE TABLE more (a int);",
      down: "DROP TABLE more;",
      findings: ["rolls-back.1 schema-differs"],
    },
    {
      title: "a view that is recreated without its option",
      before: `${USERS} CREATE VIEW mails WITH (security_barrier = true) AS SELECT email FROM users;`,
      up: "DROP VIEW mails; ALTER TABLE users ALTER email TYPE varchar(900);",
      down: "ALTER TABLE users ALTER email TYPE text; CREATE VIEW mails AS SELECT email FROM users;",
      findings: ["rolls-back.1 schema-differs public.mails"],
    },
    {
      title: "a rollback that fails",
      before: USERS,
      up: "ALTER TABLE users ADD a int;",
      down: "ALTER TABLE users DROP a; DROP TABLE absent;",
      findings: ["rolls-back.1 rollback-fails down.sql, line 1"],
    },
    { title: "no rollback in a release that need not have one", before: USERS, up: "ALTER TABLE users ADD a int;" },
  ])("$title", async ({ title: _, findings = [], notes = [], ...example }) => {
    const judged = await judge(example);

    expect(judged.findings).toHaveLength(findings.length);
    for (const [index, finding] of findings.entries()) expect(judged.findings[index]).toContain(finding);
    expect(judged.notes).toEqual(notes);
    expect(judged.found.filter(({ answer }) => answer !== "error")).toEqual([]);
  });
});

describe("rows", () => {
  test.concurrent.each<Case>([
    {
      title: "what the migration left alone and the rollback changes or deletes",
      before: `${USERS} CREATE TABLE logs (line text);`,
      up: "ALTER TABLE users ADD a int; UPDATE users SET visits = 7;",
      down: "ALTER TABLE users DROP a; UPDATE users SET visits = 8, email = email || '!'; DELETE FROM logs;",
      findings: ["rolls-back.2 row-removed public.logs", "rolls-back.2 cell-changed public.users.email"],
    },
    {
      title: "what the migration destroyed",
      before: USERS,
      up: "UPDATE users SET email = lower(email); ALTER TABLE users DROP visits;",
      down: "ALTER TABLE users ADD visits int;",
    },
    {
      title: "rows that the migration inserted, moved or put into a table of its own",
      before: USERS,
      up: `CREATE TABLE mails AS SELECT id, email FROM users; ALTER TABLE users DROP email;
INSERT INTO users (id) VALUES (-7);`,
      down: `DELETE FROM users WHERE id = -7; ALTER TABLE users ADD email text;
UPDATE users SET email = mails.email FROM mails WHERE mails.id = users.id;
ALTER TABLE users ALTER email SET NOT NULL; DROP TABLE mails;`,
    },
    {
      title: "a seed row that the rollback leaves",
      before: USERS,
      up: "INSERT INTO users VALUES (-7, 'x');",
      down: "UPDATE users SET visits = NULL WHERE id = -7;",
      findings: ["rolls-back.4 migrating-again-fails up.sql, line 1"],
    },
    {
      title: "a time of the rollback's own",
      before: "CREATE TABLE t (id int PRIMARY KEY, at timestamptz NOT NULL);",
      up: "ALTER TABLE t ADD a int;",
      down: "ALTER TABLE t DROP a; UPDATE t SET at = clock_timestamp();",
    },
  ])("$title", async ({ title: _, findings = [], ...example }) => {
    expect((await judge(example)).findings).toEqual(findings);
  });
});

describe("what is declared", () => {
  const origin = { folder: "/", layout: "example", index: 0, hasDowns: true, repeatable: false, migration: "example" };

  test("a down that is missing, empty or refuses", async () => {
    const up = "ALTER TABLE users ADD a timestamptz DEFAULT clock_timestamp();";
    const refusing = "DO $$ BEGIN RAISE EXCEPTION 'there is no way back'; END $$;";
    for (const [down, kind] of [
      [undefined, "down-missing example"],
      ["-- nothing to do\nSELECT 1;", "down-empty example"],
      [refusing, "rollback-fails down.sql, line 1"],
    ] as const) {
      const judged = await judge({ before: USERS, up, ...(down !== undefined && { down }) }, { origin });

      expect(judged.findings).toEqual([`rolls-back.1 ${kind}`]);
      expect(judged.found[0]).toMatchObject({ answer: "declare", declare: "-- plumbline: irreversible because …" });
    }
    // One that changes nothing needs no down.
    expect((await judge({ before: USERS, up: "ANALYZE users;" }, { origin })).findings).toEqual([]);
  });
});

test("a rollback that need not restore must leave what it does not name, and allow migrating again", async () => {
  const example = {
    before: USERS,
    up: "ALTER TABLE users ADD a int; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
    down: "DROP FUNCTION f(); UPDATE users SET visits = 0;",
  };

  expect((await judge(example, { restores: { "rollback.down": false } })).findings).toEqual([
    "rolls-back.4 migrating-again-fails up.sql, line 1",
  ]);
});

test("of several uses of the new schema each is blamed for its own failure", async () => {
  const columns = ["a", "b", "c"];
  const alter = (verb: string): string => columns.map((name) => `ALTER ${name} ${verb} NOT NULL`).join(", ");
  const { found } = await judge({
    before: "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, c int NOT NULL);",
    up: `ALTER TABLE t ${alter("DROP")};`,
    down: `ALTER TABLE t ${alter("SET")};`,
  });

  expect(found.map(({ subject, got }) => [subject, /column "(.)"/.exec(got)?.[1]])).toEqual(
    columns.map((name) => [`public.t.${name}`, name]),
  );
});
