/** What the rules `completes` find in small migrations, faulty and sound ones. */
import { expect, test } from "vitest";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import { runsAgain, updatesStand } from "./completes.property.ts";
import { loopsReachAll, waitsForRows } from "./completes-rows.property.ts";
import { judgeMigration } from "./testing/judge-migration.ts";

const databases = useDatabases();

const PAGES = `CREATE TABLE pages (id int PRIMARY KEY, title text NOT NULL, length numeric(6, 1), at timestamptz, rank int);
CREATE TABLE owners (page int, name text);`;
const SET_BACK = `CREATE FUNCTION set_back() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.rank := OLD.rank; RETURN NEW; END $$;
CREATE TRIGGER set_back BEFORE UPDATE ON pages FOR EACH ROW EXECUTE FUNCTION set_back();`;
const TENANTS = `ALTER TABLE pages ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_tenant ON pages USING (title = current_setting('app.tenant', true));`;

test.each([
  ["an expression", PAGES, "UPDATE pages SET length = length(title) / 3.0, rank = 1 WHERE rank IS NULL", []],
  [
    "an alias, FROM and WITH",
    PAGES,
    "WITH o AS (SELECT * FROM owners) UPDATE pages AS p SET title = o.name FROM o WHERE o.page = p.id AND o.name IS DISTINCT FROM p.title",
    [],
  ],
  ["the time and random values", PAGES, "UPDATE pages SET at = clock_timestamp(), rank = random() * 100", []],
  ["the key", PAGES, "UPDATE pages SET id = id + 1000000", []],
  ["a table without a key", PAGES, "UPDATE owners SET name = upper(name)", []],
  ["a transaction of its own", PAGES, "BEGIN; UPDATE pages SET at = now(); COMMIT; UPDATE pages SET at = now()", []],
  [
    "a trigger that sets a value back",
    PAGES + SET_BACK,
    "UPDATE pages SET title = 'x', rank = coalesce(rank, 0) + 7",
    ["public.pages.rank"],
  ],
  ["a trigger that sets another column back", PAGES + SET_BACK, "UPDATE pages SET title = 'x'", []],
  [
    "a rule",
    `${PAGES} CREATE RULE never AS ON UPDATE TO owners DO INSTEAD NOTHING;`,
    "UPDATE owners SET name = 'none'",
    ["public.owners.name"],
  ],
  ["a policy that binds no owner", PAGES + TENANTS, "UPDATE pages SET rank = 12345", []],
  [
    "a policy that binds the owner",
    `${PAGES + TENANTS} ALTER TABLE pages FORCE ROW LEVEL SECURITY;`,
    "UPDATE pages SET rank = 12345",
    ["public.pages.rank"],
  ],
  [
    "a tenant that is named",
    `${PAGES + TENANTS} ALTER TABLE pages FORCE ROW LEVEL SECURITY;`,
    "DO $$ DECLARE r record; BEGIN ALTER TABLE pages NO FORCE ROW LEVEL SECURITY; UPDATE pages SET rank = 12345; END $$",
    [],
  ],
  [
    "force that the migration lifts",
    `${PAGES + TENANTS} ALTER TABLE pages FORCE ROW LEVEL SECURITY;`,
    "ALTER TABLE pages NO FORCE ROW LEVEL SECURITY; UPDATE pages SET rank = 12345",
    [],
  ],
])("completes.1: %s", async (_, before, up, subjects) => {
  for (const transaction of ["statement", "file", "query"] as const) {
    const { findings } = await judgeMigration(databases, [updatesStand], { before, up }, { transaction });

    expect(findings, transaction).toEqual(subjects.map((subject) => `completes.1 update-swallowed ${subject}`));
  }
});

test.each([
  ["whichever rows come first", "UPDATE pages SET rank = 1 WHERE id IN (SELECT id FROM pages LIMIT 1)", true],
  ["several columns at once", "UPDATE pages SET (rank, length) = (1, 2)", true],
  ["the next number of a sequence", "UPDATE pages SET rank = nextval('s')", false],
])("completes.1 notes an UPDATE that it does not compare: %s", async (_, up, isNoted) => {
  const before = `${PAGES} CREATE SEQUENCE s;`;
  const { findings, notes } = await judgeMigration(databases, [updatesStand], { before, up });

  expect(findings).toEqual([]);
  expect(notes).toEqual(isNoted ? ["completes.1 up.sql, line 1"] : []);
});

const JOBS = "CREATE TABLE jobs (id int PRIMARY KEY, n int NOT NULL, label text NOT NULL DEFAULT '', at timestamptz);";

test.each([
  ["a number that grows", "UPDATE jobs SET n = n + 1; ALTER TABLE jobs ADD IF NOT EXISTS x int;", ["public.jobs.n"]],
  ["the time", "UPDATE jobs SET at = now(); ALTER TABLE jobs ADD IF NOT EXISTS x int;", []],
  ["what fails the second time", "UPDATE jobs SET n = 1; ALTER TABLE jobs ADD x int;", []],
  ["what is done once", "UPDATE jobs SET label = 'x' WHERE label = ''; ALTER TABLE jobs ADD IF NOT EXISTS x int;", []],
  ["one statement", "UPDATE jobs SET n = n + 1", []],
])("completes.2: %s", async (_, up, subjects) => {
  const release = { transaction: "statement" as const, stopsAtError: true };
  const { findings } = await judgeMigration(databases, [runsAgain], { before: JOBS, up }, release);

  expect(findings).toEqual(subjects.map((subject) => `completes.2 second-run-changes ${subject}`));
});

const BATCHES = `CREATE PROCEDURE fill(size int) LANGUAGE plpgsql AS $$
DECLARE last int := -2147483648; next int;
BEGIN
  LOOP
    SELECT max(id) INTO next FROM (SELECT id FROM jobs WHERE id > last ORDER BY id LIMIT size) AS batch;
    EXIT WHEN next IS NULL;
    UPDATE jobs SET label = 'done' WHERE id > last AND id <= next;
    last := next;
  END LOOP;
END $$;`;

test.each([
  ["batches by rows, in a procedure", `${JOBS} ${BATCHES}`, "CALL fill(2)", []],
  [
    "a fixed end",
    JOBS,
    "DO $$ BEGIN FOR i IN 0..99 LOOP UPDATE jobs SET label = 'x' WHERE id / 1000 = i; END LOOP; END $$",
    ["public.jobs"],
  ],
  [
    "an end that is read",
    JOBS,
    "DO $$ BEGIN FOR i IN (SELECT min(id) / 1000 FROM jobs)..(SELECT max(id) / 1000 FROM jobs) LOOP UPDATE jobs SET label = 'x' WHERE id / 1000 = i; END LOOP; END $$",
    [],
  ],
  [
    "rows that are deleted but for one of those that are equal",
    JOBS,
    "DO $$ DECLARE r record; BEGIN FOR r IN SELECT DISTINCT n FROM jobs LOOP DELETE FROM jobs WHERE n = r.n AND id > (SELECT min(id) FROM jobs WHERE n = r.n); END LOOP; END $$",
    [],
  ],
  ["no loop", JOBS, "UPDATE jobs SET label = 'x' WHERE id < 5000", []],
])("completes.3: %s", async (_, before, up, subjects) => {
  const { findings } = await judgeMigration(databases, [loopsReachAll], { before, up });

  expect(findings).toEqual(subjects.map((subject) => `completes.3 far-row-differs ${subject}`));
});

const CURSOR = (end: string): string => `DO $$
DECLARE last int := -2147483648; next int; tries int := 0;
BEGIN
  LOOP
    WITH batch AS (SELECT id FROM jobs WHERE id > last AND label = '' ORDER BY id LIMIT 2 FOR UPDATE SKIP LOCKED),
      done AS (UPDATE jobs SET label = 'done' FROM batch WHERE jobs.id = batch.id RETURNING jobs.id)
    SELECT max(id) INTO next FROM done;
    COMMIT;
    IF next IS NULL THEN ${end} END IF;
    last := coalesce(next, last);
  END LOOP;
END $$`;

test.each([
  ["a cursor that passes what is locked", CURSOR("EXIT;"), ["public.jobs.label"]],
  [
    "one that starts again until nothing is left",
    CURSOR("EXIT WHEN NOT EXISTS (SELECT FROM jobs WHERE label = ''); PERFORM pg_sleep(0.01); next := -2147483648;"),
    [],
  ],
  ["a refusal to wait", "DO $$ BEGIN PERFORM FROM jobs FOR UPDATE NOWAIT; UPDATE jobs SET n = n + 1; END $$", []],
  [
    "a refusal that is caught",
    "DO $$ BEGIN PERFORM FROM jobs FOR UPDATE NOWAIT; UPDATE jobs SET n = 77; EXCEPTION WHEN lock_not_available THEN NULL; END $$",
    ["public.jobs.n"],
  ],
  ["a limit of the wait", "SET lock_timeout = '5s'; UPDATE jobs SET n = n + 1", []],
])("completes.4: %s", async (_, up, subjects) => {
  const { findings } = await judgeMigration(databases, [waitsForRows], { before: JOBS, up });

  expect(findings).toEqual(subjects.map((subject) => `completes.4 held-row-left ${subject}`));
});
