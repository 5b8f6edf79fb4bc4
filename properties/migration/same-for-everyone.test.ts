/** What the rules `same-for-everyone` find in small migrations, faulty and sound ones. */
import { expect, test } from "vitest";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import { sameForRoles, sameForSettings } from "./same-for-everyone.property.ts";
import { judgeMigration } from "./testing/judge-migration.ts";

const databases = useDatabases();

const VISITS = "CREATE TABLE visits (id int PRIMARY KEY, at timestamp NOT NULL);";
const TO_ZONED = "ALTER TABLE visits ALTER at TYPE timestamptz USING at AT TIME ZONE 'UTC';";

test.each([
  [
    "a conversion that only one direction pins",
    TO_ZONED,
    "ALTER TABLE visits ALTER at TYPE timestamp;",
    ["time-zone-decides public.visits.at"],
  ],
  [
    "a conversion that both directions pin",
    TO_ZONED,
    "ALTER TABLE visits ALTER at TYPE timestamp USING at AT TIME ZONE 'UTC';",
    [],
  ],
  [
    "a conversion that no direction pins",
    "ALTER TABLE visits ALTER at TYPE timestamptz;",
    undefined,
    ["time-zone-decides public.visits.at"],
  ],
  [
    "the day of the migration",
    "ALTER TABLE visits ADD day date DEFAULT current_date; UPDATE visits SET at = now();",
    "UPDATE visits SET at = now(); ALTER TABLE visits DROP day",
    [],
  ],
  [
    "a cast without a word of time",
    "ALTER TABLE visits ADD day text; UPDATE visits SET day = at;",
    undefined,
    ["date-style-decides public.visits.day"],
  ],
  ["a format", "ALTER TABLE visits ADD day text; UPDATE visits SET day = to_char(at, 'YYYY-MM-DD');", undefined, []],
  [
    "an ambiguous date",
    "ALTER TABLE visits ADD day date; UPDATE visits SET day = '01/02/2030';",
    undefined,
    ["date-style-decides public.visits.day"],
  ],
  [
    "a date that only one style reads",
    "UPDATE visits SET at = '12/31/2030';",
    undefined,
    ["date-style-decides up.sql, line 1"],
  ],
  [
    "a bound of a zone",
    "CREATE TABLE logs (at timestamptz CHECK (at > '2030-01-01'));",
    undefined,
    ["time-zone-decides public.logs.logs_at_check"],
  ],
])("same-for-everyone.1: %s", async (_, up, down, expected) => {
  const example = { before: VISITS, up, ...(down !== undefined && { down }) };
  const { findings } = await judgeMigration(databases, [sameForSettings], example, { transaction: "file" });

  expect(findings).toEqual(expected.map((finding) => `same-for-everyone.1 ${finding}`));
});

const AGENTS = `CREATE TABLE agents (id serial PRIMARY KEY, tenant int NOT NULL, author text NOT NULL);
CREATE VIEW known AS SELECT id FROM agents;
CREATE TYPE mood AS ENUM ('ok');
CREATE FUNCTION current_tenant() RETURNS int STABLE LANGUAGE sql AS
  $$ SELECT nullif(current_setting('app.tenant', true), '')::int $$;
ALTER TABLE agents ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_tenant ON agents USING (tenant = current_tenant());`;
const FORCED = `${AGENTS} ALTER TABLE agents FORCE ROW LEVEL SECURITY;`;
const OWNED = `DO $$ BEGIN CREATE ROLE plumbline_test_owner; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
${FORCED} ALTER TABLE agents OWNER TO plumbline_test_owner;`;

test.each([
  ["a policy that binds no owner", AGENTS, "DELETE FROM agents;", undefined, [], []],
  ["a policy that binds the owner", FORCED, "DELETE FROM agents;", undefined, ["role-decides public.agents"], []],
  [
    "a policy that binds an owner of its own",
    OWNED,
    "UPDATE agents SET author = 'x';",
    undefined,
    ["role-decides public.agents.author"],
    [],
  ],
  [
    "a policy that hides the rows of two assignments",
    FORCED,
    "UPDATE agents SET author = 'x', tenant = 5;",
    undefined,
    ["role-decides public.agents"],
    [],
  ],
  [
    "a down of the owner",
    FORCED,
    "ALTER TABLE agents ADD n int;",
    "UPDATE agents SET tenant = 5; ALTER TABLE agents DROP n;",
    ["role-decides public.agents.tenant"],
    [],
  ],
  [
    "an INSERT that the policy refuses",
    FORCED,
    "INSERT INTO agents (id, tenant, author) VALUES (-7, 1, 'a');",
    undefined,
    ["role-fails up.sql, line 1"],
    [],
  ],
  ["the name of the role", AGENTS, "ALTER TABLE agents ADD editor text DEFAULT current_user;", undefined, [], []],
  [
    "all kinds of objects",
    AGENTS,
    "CREATE SCHEMA s; CREATE TABLE s.t (id int); DROP VIEW known; ALTER TYPE mood ADD VALUE 'sad'; DROP FUNCTION current_tenant CASCADE; GRANT SELECT ON agents TO PUBLIC;",
    "DROP SCHEMA s CASCADE",
    [],
    [],
  ],
  ["a privilege that it lacks", AGENTS, "CREATE ROLE plumbline_test_other;", undefined, [], ["up.sql, line 1"]],
])("same-for-everyone.2: %s", async (_, before, up, down, expected, noted) => {
  const example = { before, up, ...(down !== undefined && { down }) };
  const { findings, notes } = await judgeMigration(databases, [sameForRoles], example, { transaction: "file" });

  expect(findings).toEqual(expected.map((finding) => `same-for-everyone.2 ${finding}`));
  expect(notes).toEqual(noted.map((subject) => `same-for-everyone.2 ${subject}`));
});
