/** What rule `same-for-everyone.1` finds in another time zone, and what it must not take for that. */
import { expect, test } from "vitest";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import type { MigrationExample } from "./rule.ts";
import { sameForSettings } from "./same-for-everyone.property.ts";
import { judgeMigration } from "./testing/judge-migration.ts";

const databases = useDatabases();

interface Case extends MigrationExample {
  readonly title: string;
  readonly findings?: readonly string[];
}

const VISITS = "CREATE TABLE visits (id int PRIMARY KEY, at timestamp NOT NULL);";

test.concurrent.each<Case>([
  {
    title: "a conversion that only one direction pins",
    before: VISITS,
    up: "ALTER TABLE visits ALTER at TYPE timestamptz USING at AT TIME ZONE 'UTC';",
    down: "ALTER TABLE visits ALTER at TYPE timestamp;",
    findings: ["same-for-everyone.1 time-zone-decides public.visits.at"],
  },
  {
    title: "a conversion that both directions pin",
    before: VISITS,
    up: "ALTER TABLE visits ALTER at TYPE timestamptz USING at AT TIME ZONE 'UTC';",
    down: "ALTER TABLE visits ALTER at TYPE timestamp USING at AT TIME ZONE 'UTC';",
  },
  {
    title: "a conversion that no direction pins",
    before: VISITS,
    up: "ALTER TABLE visits ALTER at TYPE timestamptz;",
    down: "ALTER TABLE visits ALTER at TYPE timestamp;",
    findings: ["same-for-everyone.1 time-zone-decides public.visits.at"],
  },
  {
    title: "the time of the rollback",
    before: VISITS,
    up: "ALTER TABLE visits ADD seen timestamptz; UPDATE visits SET at = 'epoch';",
    down: "ALTER TABLE visits DROP seen; UPDATE visits SET at = now();",
  },
  {
    title: "a generated column that follows the time of the migration",
    before: `CREATE TABLE visits (id int PRIMARY KEY, at timestamp,
hour int GENERATED ALWAYS AS (extract(hour FROM at)::int) STORED);`,
    up: "ALTER TABLE visits ADD seen boolean; UPDATE visits SET at = now();",
    down: "ALTER TABLE visits DROP seen; SELECT now();",
  },
  {
    title: "a generated column that follows one which the rollback converts",
    before: `CREATE TABLE visits (id int PRIMARY KEY, at timestamp NOT NULL,
  hour int GENERATED ALWAYS AS (extract(hour FROM at)::int) STORED);`,
    up: "ALTER TABLE visits ADD seen timestamptz; UPDATE visits SET seen = at AT TIME ZONE 'UTC';",
    down: "UPDATE visits SET at = seen::timestamp; ALTER TABLE visits DROP seen;",
    findings: ["same-for-everyone.1 time-zone-decides public.visits.at"],
  },
  {
    title: "rows under keys that differ each time",
    before: "CREATE TABLE logs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), line text);",
    up: "INSERT INTO logs (line) VALUES ('migrated'), ('too');",
    down: "INSERT INTO logs (line) VALUES ('rolled back at ' || to_char(now(), 'HH24:MI'));",
  },
  {
    title: "rows without a key that have the time of the migration",
    before: "CREATE TABLE logs (line text, at timestamp NOT NULL DEFAULT now(), day date DEFAULT current_date);",
    up: "INSERT INTO logs (line) VALUES ('migrated');",
    down: "INSERT INTO logs (line, at) VALUES ('rolled back', current_date);",
  },
  {
    title: "the day of the rollback",
    before: "CREATE TABLE visits (id int PRIMARY KEY, day date, line text);",
    up: "ALTER TABLE visits ADD seen boolean;",
    down: "ALTER TABLE visits DROP seen; UPDATE visits SET day = current_date, line = 'on ' || current_date;",
  },
])("$title", async ({ title: _, findings = [], ...example }) => {
  expect((await judgeMigration(databases, [sameForSettings], example, { transaction: "file" })).findings).toEqual(
    findings,
  );
});
