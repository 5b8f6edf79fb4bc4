import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Server } from "../database/server.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { type CatalogDifference, compareCatalogs } from "./difference.ts";
import { type Catalog, readCatalog } from "./facts.ts";
import { formatInspection } from "./inspection.ts";

const schema = `
  CREATE ROLE shown_reader;
  CREATE SCHEMA odd;
  CREATE TABLE public.t (id int PRIMARY KEY, n numeric(10, 2) DEFAULT 0, s text);
  ALTER TABLE public.t ADD CONSTRAINT small CHECK (n < 9) NOT VALID;
  CREATE TABLE odd."a.b" ("c ""d" int);
  CREATE TABLE public.child (id int, t_id int CONSTRAINT child_t REFERENCES public.t);
  CREATE INDEX t_n ON public.t (n);
  CREATE VIEW public.v AS SELECT id FROM public.t;
  CREATE MATERIALIZED VIEW public.m AS SELECT id FROM public.t;
  CREATE SEQUENCE public.q;
  CREATE TYPE public.mood AS ENUM ('sad', 'glad');
  CREATE DOMAIN public.positive AS int CONSTRAINT above CHECK (VALUE > 0);
  CREATE FUNCTION public.f(a int, b public.mood) RETURNS int LANGUAGE sql RETURN 1;
  CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
  CREATE TRIGGER t_touch BEFORE UPDATE ON public.t FOR EACH ROW EXECUTE FUNCTION public.touch();
  CREATE RULE ignore AS ON DELETE TO public.t DO INSTEAD NOTHING;
  CREATE POLICY own ON public.t USING (id > 0);
  CREATE STATISTICS public.dependent ON id, n FROM public.t;
  CREATE PUBLICATION news FOR TABLE public.t;`;

let server: Server;
let client: Client;
let before: Catalog;

const read = (): Promise<Catalog> => readCatalog((sql, values) => client.query(sql, values));

/** What the statements of the differences answer, each as text. */
async function answers(differences: readonly CatalogDifference[]): Promise<string[]> {
  const results: string[] = [];
  for (const difference of differences) {
    results.push(JSON.stringify((await client.query(formatInspection(difference))).rows));
  }

  return results;
}

/** The differences that a script makes, and what shows them while it lasts; the script is rolled back. */
async function change(script: string): Promise<{ differences: CatalogDifference[]; after: string[] }> {
  await client.query("BEGIN");

  try {
    await client.query(script);
    const differences = compareCatalogs(before, await read());

    return { differences, after: await answers(differences) };
  } finally {
    await client.query("ROLLBACK");
  }
}

beforeAll(async () => {
  server = await startEmbedded();
  client = new Client(server.connection("postgres"));
  await client.connect();
  await client.query(schema);
  before = await read();
}, 60_000);

afterAll(async () => {
  await client?.end();
  await server?.[Symbol.asyncDispose]();
});

test.each([
  "CREATE SCHEMA s",
  "ALTER SCHEMA odd OWNER TO shown_reader",
  "GRANT CREATE ON SCHEMA public TO shown_reader",
  "COMMENT ON SCHEMA odd IS 'x'",
  "CREATE TABLE u ()",
  "DROP TABLE child",
  "ALTER TABLE t OWNER TO shown_reader",
  "ALTER TABLE child SET UNLOGGED",
  "ALTER TABLE t SET (fillfactor = 70)",
  "ALTER TABLE t SET (toast.autovacuum_enabled = off)",
  "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
  "ALTER TABLE t FORCE ROW LEVEL SECURITY",
  "ALTER TABLE t REPLICA IDENTITY FULL",
  "GRANT SELECT ON t TO PUBLIC",
  "COMMENT ON TABLE t IS 'x'",
  "CREATE OR REPLACE VIEW v AS SELECT id FROM t WHERE id > 1",
  "REFRESH MATERIALIZED VIEW m WITH NO DATA",
  "ALTER SEQUENCE q INCREMENT 2",
  "ALTER SEQUENCE q OWNED BY t.id",
  "ALTER TABLE t ADD c int",
  'ALTER TABLE odd."a.b" RENAME "c ""d" TO e',
  "ALTER TABLE t DROP s",
  "ALTER TABLE t ALTER s TYPE varchar(9)",
  "ALTER TABLE t ALTER n SET DEFAULT 1",
  "ALTER TABLE t ALTER n SET NOT NULL",
  "ALTER TABLE t ALTER id ADD GENERATED ALWAYS AS IDENTITY",
  'ALTER TABLE t ALTER s TYPE text COLLATE "C"',
  "ALTER TABLE t ALTER s SET STATISTICS 500",
  "ALTER TABLE t ALTER s SET STORAGE EXTERNAL",
  "GRANT UPDATE (s) ON t TO shown_reader",
  "COMMENT ON COLUMN t.s IS 'x'",
  "ALTER TABLE t DROP n, ADD n numeric(10, 2) DEFAULT 0",
  "ALTER TABLE t ADD CONSTRAINT c CHECK (id > 0)",
  "ALTER TABLE t DROP CONSTRAINT small",
  "ALTER TABLE t VALIDATE CONSTRAINT small",
  "ALTER TABLE child ALTER CONSTRAINT child_t DEFERRABLE INITIALLY DEFERRED",
  "ALTER TABLE t DISABLE TRIGGER ALL",
  "COMMENT ON CONSTRAINT child_t ON child IS 'x'",
  "ALTER DOMAIN positive DROP CONSTRAINT above",
  "DROP INDEX t_n",
  "DROP INDEX t_n; CREATE INDEX t_n ON t (n) WHERE n > 0",
  "CLUSTER t USING t_n",
  "COMMENT ON INDEX t_n IS 'x'",
  "ALTER FUNCTION f SECURITY DEFINER SET search_path = public",
  "ALTER FUNCTION f STABLE STRICT LEAKPROOF PARALLEL SAFE COST 7",
  "ALTER FUNCTION f OWNER TO shown_reader",
  "REVOKE EXECUTE ON FUNCTION f FROM PUBLIC",
  "COMMENT ON FUNCTION f IS 'x'",
  "CREATE OR REPLACE FUNCTION f(a int, b mood DEFAULT 'sad') RETURNS int LANGUAGE sql RETURN 2",
  "ALTER FUNCTION f RENAME TO g",
  "CREATE PROCEDURE p() LANGUAGE sql AS ''",
  "CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int)",
  "ALTER TABLE t DISABLE TRIGGER t_touch",
  "DROP TRIGGER t_touch ON t",
  "ALTER TABLE t DISABLE RULE ignore",
  "ALTER POLICY own ON t TO shown_reader USING (id > 1)",
  "ALTER TYPE mood ADD VALUE 'it''s'",
  "ALTER DOMAIN positive SET DEFAULT 1",
  "CREATE TYPE span AS RANGE (SUBTYPE = int)",
  "COMMENT ON TYPE mood IS 'x'",
  "CREATE OPERATOR <+> (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl)",
  "CREATE CAST (int AS mood) WITH INOUT",
  "ALTER STATISTICS dependent SET STATISTICS 9",
  "ALTER DEFAULT PRIVILEGES FOR ROLE shown_reader IN SCHEMA odd GRANT SELECT ON TABLES TO PUBLIC",
  "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER w ON sql_drop EXECUTE FUNCTION e()",
  "ALTER PUBLICATION news ADD TABLE child",
  "ALTER PUBLICATION news SET TABLE t WHERE (id > 0)",
  'CREATE COLLATION german FROM "C"',
])("whatever %s changes, the statement that shows it answers differently before and after", async (script) => {
  const { differences, after } = await change(script);
  const was = await answers(differences);

  expect(differences).not.toEqual([]);
  expect(differences.filter((_, index) => was[index] === after[index])).toEqual([]);
});

test("an object is asked for by its name, with what changed of it", () => {
  const object = "function public.f(integer, public.mood)";

  expect(formatInspection({ kind: "changed", object, property: "security definer" })).toBe(
    `SELECT oid::regprocedure AS function, prosecdef AS security_definer
FROM pg_proc WHERE oid = to_regprocedure('public.f(integer, public.mood)')`,
  );
  expect(formatInspection({ kind: "added", object: "column public.t.rollback_marker" })).toBe(
    `SELECT attname AS column, format_type(atttypid, atttypmod) AS type
FROM pg_attribute WHERE attrelid = to_regclass('public.t') AND attname = 'rollback_marker' AND NOT attisdropped`,
  );
});

test("a row is asked for by its key, however odd the key", () => {
  const key = "(id = 7, name = 'it''s, b = 1', at = NULL)";

  expect(formatInspection({ kind: "removed", object: `row public.t ${key}` })).toBe(
    "SELECT * FROM public.t\nWHERE id = '7' AND name = 'it''s, b = 1' AND at IS NULL",
  );
  expect(formatInspection({ kind: "changed", object: "row public.t (id = 7)", property: "Plan" })).toBe(
    `SELECT id, "Plan" FROM public.t\nWHERE id = '7'`,
  );
});
