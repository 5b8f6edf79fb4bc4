/** What the rules `keeps` find in small migrations, faulty and sound ones. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import type { Server } from "../../harness/database/server.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import * as rules from "./keeps.property.ts";
import { type Judged, judgeMigration } from "./testing/judge-migration.ts";

let server: Server;
let databases: Databases;

beforeAll(async () => {
  server = await startEmbedded();
  databases = new Databases(server);
});

afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** What the rules find, each finding as `keeps.2 cell-changed public.t.c`. */
async function judge(before: string, up: string): Promise<Pick<Judged, "findings" | "notes">> {
  const { findings, notes } = await judgeMigration(databases, Object.values(rules), { before, up });

  return { findings, notes };
}

test.each(Object.values(rules))("$id: the bad example violates it, and the good one does not", async (rule) => {
  expect((await judge(rule.bad.before, rule.bad.up)).findings.join("\n")).toContain(rule.id);
  expect((await judge(rule.good.before, rule.good.up)).findings).toEqual([]);
});

interface Case {
  readonly title: string;
  readonly before: string;
  readonly up: string;
  readonly findings?: readonly string[];
  readonly notes?: readonly string[];
}

const PARENTS = `CREATE TABLE parents (id int PRIMARY KEY, label text, touched timestamptz NOT NULL DEFAULT now());
CREATE TABLE children (id int PRIMARY KEY, parent int REFERENCES parents ON DELETE SET NULL ON UPDATE CASCADE);
CREATE TABLE tags (parent int NOT NULL REFERENCES parents ON DELETE CASCADE ON UPDATE CASCADE, tag text);`;

const TOUCHED = `${PARENTS}
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.touched := clock_timestamp(); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON parents FOR EACH ROW EXECUTE FUNCTION touch();`;

const AUDITED = `${PARENTS}
CREATE TABLE audit (at timestamptz, what text);
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO audit VALUES (now(), NEW.label); RETURN NULL; END $$;
CREATE TRIGGER note_change AFTER UPDATE ON parents FOR EACH ROW EXECUTE FUNCTION note_change();`;

describe("rows and cells", () => {
  test.concurrent.each<Case>([
    {
      title: "cascades of a deletion",
      before: PARENTS,
      up: "DELETE FROM parents;",
      findings: ["keeps.1 row-vanished public.tags", "keeps.2 cell-changed public.children.parent"],
    },
    {
      title: "a cascade of TRUNCATE",
      before: PARENTS,
      up: "TRUNCATE parents CASCADE;",
      findings: ["keeps.1 row-vanished public.children", "keeps.1 row-vanished public.tags"],
    },
    { title: "a TRUNCATE that names all tables", before: PARENTS, up: "TRUNCATE parents, tags, children;" },
    {
      title: "a cascade of an update",
      before: PARENTS,
      up: "UPDATE parents SET id = -1 - id;",
      findings: ["keeps.2 cell-changed public.children.parent", "keeps.2 cell-changed public.tags.parent"],
    },
    {
      title: "a trigger that touches",
      before: TOUCHED,
      up: "UPDATE parents SET label = 'x';",
      findings: ["keeps.2 cell-changed public.parents.touched"],
    },
    { title: "a touched column that is set", before: TOUCHED, up: "UPDATE parents SET label = 'x', touched = now();" },
    {
      title: "a trigger that is replaced first",
      before: TOUCHED,
      up: `CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
UPDATE parents SET label = 'x';`,
    },
    {
      title: "a trigger that is switched off",
      before: TOUCHED,
      up: "ALTER TABLE parents DISABLE TRIGGER touch; UPDATE parents SET label = 'x'; ALTER TABLE parents ENABLE TRIGGER touch;",
    },
    {
      title: "a trigger that writes to another table",
      before: AUDITED,
      up: "UPDATE parents AS p SET label = 'x';",
      findings: ["keeps.1 row-appeared public.audit"],
    },
    {
      title: "writing in common table expressions, from other tables, with conflicts and by MERGE",
      before: PARENTS,
      up: `WITH gone AS (DELETE FROM tags RETURNING parent) UPDATE children SET parent = NULL FROM gone WHERE gone.parent = children.parent;
INSERT INTO parents (id) VALUES (-1) ON CONFLICT (id) DO UPDATE SET label = excluded.label;
MERGE INTO children USING parents ON children.id = parents.id WHEN MATCHED THEN UPDATE SET parent = NULL;`,
    },
    {
      title: "a DO block that names what it changes, and one that builds its statements",
      before: `${PARENTS}\nCREATE TABLE other (id int PRIMARY KEY, n int);`,
      up: `DO $$ DECLARE r record; BEGIN FOR r IN SELECT id FROM parents LOOP
  UPDATE children SET parent = NULL WHERE parent = r.id; DELETE FROM tags WHERE parent = r.id; END LOOP; END $$;
DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['other'] LOOP EXECUTE format('UPDATE %I SET n = 1', t); END LOOP; END $$;`,
    },
    {
      title: "a function that was there and is called",
      before: `${PARENTS}\nCREATE FUNCTION forget() RETURNS void LANGUAGE sql AS 'DELETE FROM tags';`,
      up: "SELECT forget();",
    },
    {
      title: "a view that is written to",
      before: `${PARENTS}\nCREATE VIEW labels AS SELECT id, label FROM parents;`,
      up: "UPDATE labels SET label = 'x';",
    },
    {
      title: "generated columns, renamed labels of an enum, renamed tables and columns, dropped and added ones",
      before: `CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE people (id int PRIMARY KEY, name text, mood mood, upper text GENERATED ALWAYS AS (upper(name)) STORED);`,
      up: `ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
UPDATE people SET name = 'x';
ALTER TABLE people RENAME TO persons;
ALTER TABLE persons RENAME name TO label;
ALTER TABLE persons DROP mood;
ALTER TABLE persons ADD mood text;`,
    },
    {
      title: "partitions",
      before: `CREATE TABLE logs (at int NOT NULL, line text) PARTITION BY RANGE (at);
CREATE TABLE logs_old PARTITION OF logs FOR VALUES FROM (MINVALUE) TO (0);
CREATE TABLE logs_new PARTITION OF logs DEFAULT;`,
      up: "DROP TABLE logs_old; DELETE FROM logs_new;",
    },
    {
      title: "a table without a key",
      before: `${AUDITED}`,
      up: "ALTER TABLE audit ADD note text; UPDATE audit SET what = upper(what);",
    },
    {
      title: "rows that are written again",
      before: "CREATE TABLE settings (id int PRIMARY KEY, value text, at int NOT NULL DEFAULT 7);",
      up: "CREATE TEMP TABLE old AS TABLE settings; TRUNCATE settings; INSERT INTO settings (id, value) SELECT id, value FROM old;",
    },
  ])("$title", async ({ before, up, findings = [], notes = [] }) => {
    expect(await judge(before, up)).toEqual({ findings, notes });
  });
});

describe("retyped columns", () => {
  const one = (type: string): string => `CREATE TABLE t (id int PRIMARY KEY, v ${type});`;
  const retyped = (type: string, using = ""): string => `ALTER TABLE t ALTER COLUMN v TYPE ${type} ${using};`;

  test.concurrent.each([
    ["numeric(12,4)", "numeric(12,1)", "USING v::numeric(12,1)"],
    ["timestamp", "date", ""],
    ["double precision", "integer", ""],
    ["varchar(40)", "varchar(3)", "USING v::varchar(3)"],
  ])("%s to %s loses values", async (from, to, using) => {
    expect((await judge(one(from), retyped(to, using))).findings).toEqual(["keeps.3 value-lost public.t.v"]);
  });

  test.concurrent.each([
    ["integer", "bigint", ""],
    ["integer", "text", ""],
    ["numeric(12,2)", "numeric", ""],
    ["numeric(10,2)", "numeric(12,4)", ""],
    ["varchar(40)", "text", ""],
    ["char(9)", "text", ""],
    ["json", "jsonb", "USING v::jsonb"],
    ["date", "timestamptz", ""],
    ["timestamptz", "timestamp", "USING v AT TIME ZONE 'Europe/Berlin'"],
    ["integer", "boolean", "USING v > 0"],
    ["integer[]", "bigint[]", ""],
  ])("%s to %s keeps them, or says what it does", async (from, to, using) => {
    expect((await judge(one(from), retyped(to, using))).findings).toEqual([]);
  });

  test.concurrent("an enum that is replaced by another keeps its labels", async () => {
    const up = `CREATE TYPE two AS ENUM ('a', 'b', 'c');
ALTER TABLE t ALTER v TYPE two USING v::text::two;
DROP TYPE one; ALTER TYPE two RENAME TO one;`;

    expect((await judge(`CREATE TYPE one AS ENUM ('a', 'b');\n${one("one")}`, up)).findings).toEqual([]);
  });
});

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
  test.concurrent.each<Case>([
    {
      title: "a function that is dropped and created loses all that it had",
      before: PRICED,
      up: `DROP FUNCTION price(int);
CREATE FUNCTION price(item int) RETURNS text LANGUAGE sql AS 'SELECT price::text FROM items WHERE id = item';`,
      findings: [
        "keeps.4 privilege-lost public.price(integer)",
        "keeps.4 privilege-gained public.price(integer)",
        "keeps.4 security-definer-lost public.price(integer)",
        "keeps.4 volatility-lost public.price(integer)",
        "keeps.4 setting-lost public.price(integer)",
      ],
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
      findings: ["keeps.4 privilege-lost public.report", "keeps.4 option-lost public.report"],
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
        "keeps.4 row-security-lost public.items",
        "keeps.4 forced-row-security-lost public.items",
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
    expect(await judge(before, up)).toEqual({ findings, notes });
  });
});

describe("objects that vanish", () => {
  const WATCHED = `CREATE TABLE logs (id serial PRIMARY KEY, line text, level int, UNIQUE (line, level));
CREATE INDEX logs_level ON logs (level);
CREATE TABLE notes (id int PRIMARY KEY, log int REFERENCES logs);
CREATE VIEW lines AS SELECT line FROM logs;
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER watch BEFORE INSERT ON logs FOR EACH ROW EXECUTE FUNCTION watch();`;

  test.concurrent.each<Case>([
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
    expect(await judge(before, up)).toEqual({ findings, notes });
  });
});
