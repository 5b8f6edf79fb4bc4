/** What the rules `keeps` find of objects in small migrations, faulty and sound ones. */
import { describe, expect, test } from "vitest";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import { keepsAttributes } from "./keeps.property.ts";
import { judgeKeeps, type KeepsCase } from "./testing/judge-keeps.ts";
import { judgeMigration } from "./testing/judge-migration.ts";

const databases = useDatabases();

const ROLES = `DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'keeps_app') THEN CREATE ROLE keeps_app; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'keeps_reader') THEN CREATE ROLE keeps_reader; END IF;
END $$;
CREATE TABLE items (id int PRIMARY KEY, price numeric NOT NULL, owner text);`;

const PRICED = `${ROLES}
CREATE FUNCTION price(item int) RETURNS numeric LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS 'SELECT price FROM items WHERE id = item';
REVOKE ALL ON FUNCTION price(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION price(int) TO keeps_app;`;

const REPORTED = `${ROLES}
CREATE VIEW report WITH (security_invoker = true) AS SELECT id, price FROM items;
COMMENT ON VIEW report IS 'weekly';
GRANT SELECT, UPDATE ON report TO keeps_app; GRANT SELECT ON report TO keeps_reader;`;

const SECURED = `${ROLES}
ALTER TABLE items ENABLE ROW LEVEL SECURITY; ALTER TABLE items FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON items TO keeps_app USING (owner = current_user);
CREATE POLICY cheap ON items AS RESTRICTIVE TO keeps_app USING (price < 100);`;

describe("recreated objects", () => {
  test.concurrent.each<KeepsCase>([
    {
      title: "a function that is dropped and created loses all that it had",
      before: PRICED,
      up: `DROP FUNCTION price(int);
CREATE FUNCTION price(item int) RETURNS text LANGUAGE sql AS 'SELECT price::text FROM items WHERE id = item';`,
      findings: ["keeps.4 attributes-lost public.price(integer)"],
    },
    {
      title: "so does one whose arguments are changed",
      before: PRICED,
      up: `DROP FUNCTION price;
CREATE FUNCTION price(item bigint) RETURNS numeric LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
  AS 'SELECT price FROM public.items WHERE id = item';
GRANT ALL ON FUNCTION price TO keeps_app;`,
      findings: ["keeps.4 privilege-gained public.price(bigint)"],
    },
    {
      title: "a function that is replaced keeps its privileges",
      before: PRICED,
      up: `CREATE OR REPLACE FUNCTION price(item int) RETURNS numeric LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = public, pg_temp AS 'SELECT price + 1 FROM items WHERE id = item';`,
    },
    {
      title: "a function that is replaced loses what its statement does not repeat",
      before: PRICED,
      up: `CREATE OR REPLACE FUNCTION price(item int) RETURNS numeric LANGUAGE sql
  AS 'SELECT price + 1 FROM items WHERE id = item';`,
      findings: ["keeps.4 attributes-lost public.price(integer)"],
    },
    {
      title: "a function that is replaced by one that writes is volatile, and another statement sets the rest",
      before: PRICED,
      up: `CREATE OR REPLACE FUNCTION price(item int) RETURNS numeric LANGUAGE sql
  AS 'UPDATE items SET price = price + 1 WHERE id = item RETURNING price';
ALTER FUNCTION price SECURITY INVOKER; ALTER FUNCTION price RESET search_path;`,
    },
    {
      title: "a view that is replaced loses its options, in a block too",
      before: `${REPORTED}\nCREATE VIEW total WITH (security_barrier) AS SELECT sum(price) FROM items;`,
      up: `CREATE OR REPLACE VIEW report AS SELECT id, price FROM items WHERE price > 0;
DO $$ BEGIN CREATE OR REPLACE VIEW total AS SELECT sum(price) FROM items WHERE price > 0; END $$;`,
      findings: ["keeps.4 option-lost public.report", "keeps.4 option-lost public.total"],
    },
    {
      title: "a view that is replaced with its options, or whose options are changed",
      before: `${REPORTED}\nCREATE VIEW total WITH (security_barrier) AS SELECT sum(price) FROM items;`,
      up: `CREATE OR REPLACE VIEW report WITH (security_invoker) AS SELECT id, price FROM items WHERE price > 0;
ALTER VIEW total RESET (security_barrier);`,
    },
    {
      title: "what a file says is meant",
      before: PRICED,
      up: `DROP FUNCTION price(int);
CREATE FUNCTION price(item int) RETURNS text LANGUAGE sql VOLATILE SECURITY INVOKER SET search_path FROM CURRENT
  AS 'SELECT price::text FROM items WHERE id = item';
REVOKE EXECUTE ON FUNCTION price(int) FROM keeps_app;
GRANT EXECUTE ON FUNCTION price(int) TO PUBLIC;`,
    },
    {
      title: "an overload that is added",
      before: PRICED,
      up: "CREATE FUNCTION price(item text) RETURNS numeric LANGUAGE sql AS 'SELECT price(item::int)';",
    },
    {
      title: "a view without its options, a role and a comment",
      before: REPORTED,
      up: "DROP VIEW report; CREATE VIEW report AS SELECT id, price, owner FROM items; GRANT SELECT ON report TO keeps_app;",
      findings: ["keeps.4 attributes-lost public.report"],
      notes: ["keeps.4 view public.report"],
    },
    {
      title: "a view with all of them, in another order",
      before: REPORTED,
      up: `DROP VIEW report;
CREATE VIEW report WITH (security_invoker) AS SELECT id, price, owner FROM items;
GRANT ALL ON report TO keeps_app; REVOKE INSERT, DELETE, TRUNCATE, REFERENCES, TRIGGER ON report FROM keeps_app;
GRANT SELECT ON report TO keeps_reader;
COMMENT ON VIEW report IS 'monthly';`,
    },
    {
      title: "a view whose options are taken off on purpose, and whose reader is dropped",
      before: REPORTED,
      up: `DROP VIEW report;
CREATE VIEW report WITH (security_invoker = false) AS SELECT id FROM items;
GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA public TO keeps_app; REVOKE ALL ON report FROM keeps_reader;
COMMENT ON VIEW report IS 'weekly';`,
    },
    {
      title: "a table that is replaced loses its row security, and its policies open to all",
      before: SECURED,
      up: `CREATE TABLE items_new (id bigint PRIMARY KEY, price numeric NOT NULL, owner text);
INSERT INTO items_new SELECT * FROM items;
DROP TABLE items;
ALTER TABLE items_new RENAME TO items;
CREATE POLICY own ON items USING (owner = current_user);`,
      findings: [
        "keeps.4 policy-opened public.items.own",
        "keeps.4 attributes-lost public.items",
        "keeps.5 policy-vanished public.items.cheap",
      ],
    },
    {
      title: "policies that are written again",
      before: SECURED,
      up: `DROP POLICY own ON items; DROP POLICY cheap ON items;
CREATE POLICY own ON items TO PUBLIC USING (owner = current_user);
CREATE POLICY cheap ON items TO keeps_app USING (price < 10);`,
      findings: ["keeps.4 policy-permissive public.items.cheap"],
    },
    {
      title: "an owner that was another role, and a role that owned nothing",
      before: `${ROLES}\nCREATE VIEW mine AS SELECT 1 AS one; ALTER VIEW mine OWNER TO keeps_app;`,
      up: "DROP VIEW mine; CREATE VIEW mine AS SELECT 2 AS one;",
      findings: ["keeps.4 owner-changed public.mine"],
    },
    {
      title: "a type that is replaced",
      before: `${ROLES}\nCREATE TYPE mood AS ENUM ('sad'); REVOKE ALL ON TYPE mood FROM PUBLIC;`,
      up: "DROP TYPE mood; CREATE TYPE mood AS ENUM ('sad', 'glad');",
      findings: ["keeps.4 privilege-gained public.mood"],
    },
  ])("$title", async ({ before, up, findings = [], notes = [] }) => {
    expect(await judgeKeeps(databases, before, up)).toEqual({ findings, notes });
  });
});

test("what a statement took from one object is one finding that names all of it", async () => {
  const up = `DROP FUNCTION price(int);
CREATE FUNCTION price(item int) RETURNS text LANGUAGE sql AS 'SELECT price::text FROM items WHERE id = item';`;
  const { found } = await judgeMigration(databases, [keepsAttributes], { before: PRICED, up });

  expect(found.map(({ got }) => got)).toEqual([
    "EXECUTE of keeps_app is gone; EXECUTE of PUBLIC (every role) is new; it was true, and is false; it was stable, and is volatile; search_path=public, pg_temp is gone",
  ]);
});

describe("objects that vanish", () => {
  const WATCHED = `CREATE TABLE logs (id serial PRIMARY KEY, line text, level int, UNIQUE (line, level));
CREATE INDEX logs_level ON logs (level);
CREATE TABLE notes (id int PRIMARY KEY, log int REFERENCES logs);
CREATE VIEW lines AS SELECT line FROM logs;
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER watch BEFORE INSERT ON logs FOR EACH ROW EXECUTE FUNCTION watch();`;

  test.concurrent.each<KeepsCase>([
    {
      title: "a view that a cascade takes; what belongs to the table goes with it",
      before: WATCHED,
      up: "DROP TABLE logs CASCADE;",
      findings: ["keeps.5 view-vanished public.lines"],
      notes: ["keeps.5 constraint public.notes.notes_log_fkey"],
    },
    {
      title: "all of them by name",
      before: WATCHED,
      up: "DROP VIEW lines; DROP TABLE notes, logs; DROP FUNCTION watch;",
    },
    {
      title: "a trigger that goes with its function",
      before: WATCHED,
      up: "DROP FUNCTION watch() CASCADE;",
      notes: ["keeps.5 trigger public.logs.watch"],
    },
    {
      title: "a trigger that goes with a function that is created again",
      before: WATCHED,
      up: `DROP FUNCTION watch() CASCADE;
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;`,
      findings: ["keeps.5 trigger-vanished public.logs.watch"],
    },
    {
      title: "an index of the only column is its own, one of two columns is worth a note",
      before: WATCHED,
      up: "ALTER TABLE logs DROP COLUMN level;",
      notes: ["keeps.5 constraint public.logs.logs_line_level_key", "keeps.5 index public.logs_line_level_key"],
    },
    {
      title: "a column that goes with its type",
      before: "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE people (id int PRIMARY KEY, mood mood);",
      up: "DROP TYPE mood CASCADE;",
      findings: ["keeps.5 column-vanished public.people.mood"],
    },
    {
      title: "a table that is renamed and dropped, a partition of a dropped table, a schema",
      before: `CREATE TABLE a (id serial PRIMARY KEY);
CREATE TABLE p (n int) PARTITION BY LIST (n); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE SCHEMA s; CREATE TABLE s.t (id int); CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1';`,
      up: "ALTER TABLE a RENAME TO old_a; CREATE TABLE a (id bigint PRIMARY KEY); DROP TABLE old_a, p; DROP SCHEMA s CASCADE;",
    },
    {
      title: "statements in a DO block",
      before: WATCHED,
      up: `DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_tables WHERE tablename = 'logs') THEN
    DROP TRIGGER IF EXISTS watch ON logs; DROP FUNCTION IF EXISTS watch(); EXECUTE 'DROP VIEW lines'; ALTER TABLE logs DROP COLUMN line;
  END IF; END $$;`,
      notes: ["keeps.5 constraint public.logs.logs_line_level_key", "keeps.5 index public.logs_line_level_key"],
    },
    {
      title: "a constraint that is not validated, and its validation",
      before: `${WATCHED}\nALTER TABLE notes ADD CONSTRAINT old CHECK (id > 0) NOT VALID;`,
      up: `ALTER TABLE logs ADD CONSTRAINT long CHECK (level IS NULL OR level < 1000000) NOT VALID;
ALTER TABLE notes VALIDATE CONSTRAINT old;`,
      notes: ["keeps.6 constraint public.logs.long"],
    },
    {
      title: "an index of partitions that is attached",
      before: `CREATE TABLE p (n int) PARTITION BY LIST (n); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);`,
      up: "CREATE INDEX p_n ON ONLY p (n); CREATE INDEX p1_n ON p1 (n); ALTER INDEX p_n ATTACH PARTITION p1_n;",
    },
  ])("$title", async ({ before, up, findings = [], notes = [] }) => {
    expect(await judgeKeeps(databases, before, up)).toEqual({ findings, notes });
  });
});
