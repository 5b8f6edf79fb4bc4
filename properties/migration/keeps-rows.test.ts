/** What the rules `keeps` find of rows, cells and retyped columns in small migrations, faulty and sound ones. */
import { describe, expect, test } from "vitest";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import { judgeKeeps, type KeepsCase } from "./testing/judge-keeps.ts";

const databases = useDatabases();

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
  test.concurrent.each<KeepsCase>([
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
    expect(await judgeKeeps(databases, before, up)).toEqual({ findings, notes });
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
    expect((await judgeKeeps(databases, one(from), retyped(to, using))).findings).toEqual([
      "keeps.3 value-lost public.t.v",
    ]);
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
    expect((await judgeKeeps(databases, one(from), retyped(to, using))).findings).toEqual([]);
  });

  test.concurrent("an enum that is replaced by another keeps its labels", async () => {
    const up = `CREATE TYPE two AS ENUM ('a', 'b', 'c');
ALTER TABLE t ALTER v TYPE two USING v::text::two;
DROP TYPE one; ALTER TYPE two RENAME TO one;`;

    expect((await judgeKeeps(databases, `CREATE TYPE one AS ENUM ('a', 'b');\n${one("one")}`, up)).findings).toEqual(
      [],
    );
  });
});
