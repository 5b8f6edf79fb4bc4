import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { queryPinned } from "../database/pinned-settings.ts";
import type { Server } from "../database/server.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { compareCatalogs } from "./difference.ts";
import { type Catalog, readCatalog } from "./facts.ts";

const schema = `
  CREATE ROLE catalog_reader;
  CREATE SCHEMA odd;
  CREATE TABLE public.t (id int PRIMARY KEY, n numeric(10, 2) DEFAULT 0, at timestamptz DEFAULT '2020-01-01', s text);
  CREATE TABLE public.child (id int, t_id int CONSTRAINT child_t REFERENCES public.t);
  CREATE INDEX t_n ON public.t (n);
  CREATE VIEW public.v AS SELECT id FROM public.t;
  CREATE MATERIALIZED VIEW public.m AS SELECT id FROM public.t;
  CREATE SEQUENCE public.q;
  CREATE TYPE public.mood AS ENUM ('sad', 'glad');
  CREATE TYPE public.pair AS (a int, b int);
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

/** What a script changes, as \`object\` or \`object: property\`; the script is rolled back. */
async function changesOf(script: string): Promise<string[]> {
  await client.query("BEGIN");

  try {
    await client.query(script);

    return compareCatalogs(before, await read()).map(({ kind, object, property }) =>
      kind === "changed" ? `${object}: ${property}` : `${kind} ${object}`,
    );
  } finally {
    await client.query("ROLLBACK");
  }
}

beforeAll(async () => {
  server = await startEmbedded();
  const admin = new Client(server.connection("postgres"));
  await admin.connect();
  await admin.query("CREATE DATABASE catalog_facts");
  await admin.end();
  client = new Client(server.connection("catalog_facts"));
  await client.connect();
  await client.query(schema);
  before = await read();
}, 60_000);

afterAll(async () => {
  await client?.end();
  await server?.[Symbol.asyncDispose]();
});

test.each([
  ["CREATE SCHEMA s", "added schema s"],
  ["GRANT CREATE ON SCHEMA public TO catalog_reader", "schema public: grants"],
  ["COMMENT ON SCHEMA odd IS 'x'", "schema odd: comment"],
  ["CREATE TABLE u ()", "added table public.u"],
  ["ALTER TABLE t OWNER TO catalog_reader", "table public.t: owner"],
  ["ALTER TABLE child SET UNLOGGED", "table public.child: persistence"],
  ["ALTER TABLE t SET (fillfactor = 70)", "table public.t: options"],
  ["ALTER TABLE t SET (toast.autovacuum_enabled = off)", "table public.t: toast options"],
  ["ALTER TABLE t ENABLE ROW LEVEL SECURITY", "table public.t: row security"],
  ["ALTER TABLE t REPLICA IDENTITY FULL", "table public.t: replica identity"],
  ["CREATE TABLE u () INHERITS (t)", "added table public.u"],
  ["GRANT SELECT ON t TO PUBLIC", "table public.t: grants"],
  ["REVOKE TRUNCATE ON t FROM CURRENT_USER", "table public.t: grants"],
  ["COMMENT ON TABLE t IS 'x'", "table public.t: comment"],
  ["CREATE OR REPLACE VIEW v AS SELECT id FROM t WHERE id > 1", "view public.v: definition"],
  ["ALTER VIEW v SET (security_barrier)", "view public.v: options"],
  ["REFRESH MATERIALIZED VIEW m WITH NO DATA", "materialized view public.m: populated"],
  ["ALTER SEQUENCE q INCREMENT 2", "sequence public.q: sequence"],
  ["ALTER SEQUENCE q OWNED BY t.id", "sequence public.q: owned by"],
  ["ALTER TABLE t ADD c int", "added column public.t.c"],
  ["ALTER TABLE t ALTER n TYPE numeric(12, 2)", "column public.t.n: type"],
  ["ALTER TABLE t ALTER n SET DEFAULT 1", "column public.t.n: default"],
  ["ALTER TABLE t ALTER n SET NOT NULL", "column public.t.n: nullable"],
  ["ALTER TABLE t ALTER id ADD GENERATED ALWAYS AS IDENTITY", "column public.t.id: identity"],
  ['ALTER TABLE t ALTER s TYPE text COLLATE "C"', "column public.t.s: collation"],
  ["ALTER TABLE t ALTER s SET STATISTICS 500", "column public.t.s: statistics"],
  ["ALTER TABLE t ALTER s SET STORAGE EXTERNAL", "column public.t.s: storage"],
  ["GRANT UPDATE (s) ON t TO catalog_reader", "column public.t.s: grants"],
  ["COMMENT ON COLUMN t.s IS 'x'", "column public.t.s: comment"],
  ["ALTER TABLE t DROP n, ADD n numeric(10, 2) DEFAULT 0", "column public.t.n: position"],
  ["ALTER TABLE t ADD CONSTRAINT c CHECK (id > 0)", "added constraint public.t.c"],
  ["ALTER TABLE child ALTER CONSTRAINT child_t DEFERRABLE", "constraint public.child.child_t: deferrable"],
  ["ALTER TABLE t DISABLE TRIGGER ALL", "constraint public.child.child_t: triggers"],
  ["COMMENT ON CONSTRAINT child_t ON child IS 'x'", "constraint public.child.child_t: comment"],
  ["ALTER DOMAIN positive DROP CONSTRAINT above", "removed constraint public.positive.above"],
  ["ALTER INDEX t_n SET (fillfactor = 70)", "index public.t_n: options"],
  ["CLUSTER t USING t_n", "index public.t_n: clustered"],
  ["ALTER TABLE t REPLICA IDENTITY USING INDEX t_pkey", "index public.t_pkey: replica identity"],
  ["COMMENT ON INDEX t_n IS 'x'", "index public.t_n: comment"],
  ["ALTER FUNCTION f SECURITY DEFINER", "function public.f(integer, public.mood): security definer"],
  ["ALTER FUNCTION f SET search_path = public", "function public.f(integer, public.mood): config"],
  ["ALTER FUNCTION f STABLE", "function public.f(integer, public.mood): volatility"],
  ["ALTER FUNCTION f STRICT", "function public.f(integer, public.mood): strict"],
  ["ALTER FUNCTION f LEAKPROOF", "function public.f(integer, public.mood): leakproof"],
  ["ALTER FUNCTION f PARALLEL SAFE", "function public.f(integer, public.mood): parallel"],
  ["ALTER FUNCTION f COST 7", "function public.f(integer, public.mood): cost"],
  ["ALTER FUNCTION f OWNER TO catalog_reader", "function public.f(integer, public.mood): owner"],
  ["REVOKE EXECUTE ON FUNCTION f FROM PUBLIC", "function public.f(integer, public.mood): grants"],
  ["COMMENT ON FUNCTION f IS 'x'", "function public.f(integer, public.mood): comment"],
  [
    "CREATE OR REPLACE FUNCTION f(a int, b mood) RETURNS int LANGUAGE sql RETURN 2",
    "function public.f(integer, public.mood): body",
  ],
  [
    "CREATE OR REPLACE FUNCTION f(a int, b mood DEFAULT 'sad') RETURNS int LANGUAGE sql RETURN 1",
    "function public.f(integer, public.mood): arguments",
  ],
  ["CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql RETURN 1", "added function public.f(integer)"],
  ["CREATE PROCEDURE p() LANGUAGE sql AS ''", "added procedure public.p()"],
  ["CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int)", "added aggregate public.total(integer)"],
  ["ALTER TABLE t DISABLE TRIGGER t_touch", "trigger public.t.t_touch: enabled"],
  ["DROP TRIGGER t_touch ON t", "removed trigger public.t.t_touch"],
  ["ALTER TABLE t DISABLE RULE ignore", "rule public.t.ignore: enabled"],
  ["ALTER POLICY own ON t USING (id > 1)", "policy public.t.own: using"],
  ["ALTER POLICY own ON t TO catalog_reader", "policy public.t.own: roles"],
  ["ALTER TYPE mood ADD VALUE 'mad' BEFORE 'glad'", "added label public.mood.'mad'"],
  ["ALTER TYPE pair ADD ATTRIBUTE c int", "added column public.pair.c"],
  ["ALTER DOMAIN positive SET DEFAULT 1", "type public.positive: default"],
  ["CREATE TYPE span AS RANGE (SUBTYPE = int)", "added type public.span"],
  ["COMMENT ON TYPE mood IS 'x'", "type public.mood: comment"],
  [
    "CREATE OPERATOR <+> (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl)",
    "added operator public.<+>(integer,integer)",
  ],
  ["CREATE CAST (int AS pair) WITH INOUT", "added cast (integer AS public.pair)"],
  ["ALTER STATISTICS dependent SET STATISTICS 9", "statistics public.dependent: statistics"],
  [
    "ALTER DEFAULT PRIVILEGES FOR ROLE catalog_reader IN SCHEMA odd GRANT SELECT ON TABLES TO PUBLIC",
    "added default privileges of catalog_reader in schema odd on tables",
  ],
  [
    "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; " +
      "CREATE EVENT TRIGGER watch ON sql_drop EXECUTE FUNCTION e()",
    "added event trigger watch",
  ],
  ["DROP EXTENSION plpgsql CASCADE", "removed extension plpgsql"],
  ["ALTER PUBLICATION news ADD TABLE child", "publication news: members"],
  ["ALTER PUBLICATION news SET TABLE t (id)", "publication news: columns"],
  ["ALTER PUBLICATION news SET TABLE t WHERE (id > 0)", "publication news: filters"],
  ['CREATE COLLATION german FROM "C"', "added collation public.german"],
])("%s is seen", async (script, expected) => {
  expect(await changesOf(script)).toContain(expected);
});

test("a constraint that is NOT VALID differs from the same one validated", async () => {
  const added = "ALTER TABLE t ADD CONSTRAINT c CHECK (id > 0)";
  await client.query(`BEGIN; ${added} NOT VALID`);
  const unchecked = await read();
  await client.query(`ROLLBACK; BEGIN; ${added}`);
  const checked = await read();
  await client.query("ROLLBACK");

  expect(compareCatalogs(unchecked, checked).map(({ property }) => property)).toEqual(["definition", "validated"]);
});

test("the invalid index that a failed CREATE INDEX CONCURRENTLY leaves is seen as such", async () => {
  await client.query("INSERT INTO child VALUES (1), (1)");
  await expect(client.query("CREATE UNIQUE INDEX CONCURRENTLY torn ON child (id)")).rejects.toThrow("torn");
  const torn = (await read()).get("index public.torn");
  await client.query("DROP INDEX torn; TRUNCATE child");

  expect(torn).toMatchObject({ valid: "false", live: "true" });
  expect(await changesOf("")).toEqual([]);
});

test("adding a column and dropping it again restores the catalog exactly", async () => {
  expect(await changesOf("ALTER TABLE t ADD c int NOT NULL DEFAULT 1 CHECK (c > 0); ALTER TABLE t DROP c")).toEqual([]);
});

test("a column that is dropped and added again is the last", async () => {
  expect(await changesOf("ALTER TABLE t DROP s, ADD s text, DROP at, ADD at timestamptz DEFAULT '2020-01-01'")).toEqual(
    ["column public.t.at: position", "column public.t.s: position"],
  );
});

test("adding to a table changes nothing but what is added", async () => {
  expect(await changesOf("ALTER TABLE t ADD c int; CREATE INDEX i ON t (c); GRANT SELECT (c) ON t TO PUBLIC")).toEqual([
    "added column public.t.c",
    "added index public.i",
  ]);
});

test("a renamed function is a removal and an addition", async () => {
  expect(await changesOf("ALTER FUNCTION f RENAME TO g")).toEqual([
    "removed function public.f(integer, public.mood)",
    "added function public.g(integer, public.mood)",
  ]);
});

test("no list of grants equals the built-in one written out", async () => {
  const written =
    "GRANT ALL ON t, q TO CURRENT_USER; GRANT EXECUTE ON FUNCTION f TO PUBLIC; GRANT USAGE ON TYPE mood TO PUBLIC";

  expect(await changesOf(written)).toEqual([]);
  expect(
    await changesOf(`${written}; GRANT SELECT ON t TO catalog_reader; REVOKE SELECT ON t FROM catalog_reader`),
  ).toEqual([]);
});

test("what is temporary or owned by an extension is left out", async () => {
  expect(await changesOf("CREATE TEMP TABLE t (id int PRIMARY KEY, m pair); CREATE TEMP VIEW v AS SELECT 1")).toEqual(
    [],
  );
  expect(
    await changesOf("ALTER EXTENSION plpgsql ADD TABLE child; ALTER EXTENSION plpgsql ADD DOMAIN positive"),
  ).toEqual([
    "removed column public.child.id",
    "removed column public.child.t_id",
    "removed constraint public.child.child_t",
    "removed constraint public.positive.above",
    "removed table public.child",
    "removed type public.positive",
  ]);
});

test.each([
  ["an empty search_path", "SET search_path = ''"],
  ["a search_path that shadows the catalog", "SET search_path = odd, public, pg_catalog"],
  ["a role without rights", "SET ROLE catalog_reader"],
  ["other formats", "SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'German'; SET quote_all_identifiers = on"],
  ["a transaction of its own", "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY; SET LOCAL search_path = odd"],
])("the facts are the same with %s, and the session is left as it was", async (_, setting) => {
  const shadows = `
    CREATE TABLE odd.pg_class (oid oid); CREATE TABLE odd.t (id int); CREATE TYPE odd.text AS (a int);
    CREATE FUNCTION odd.quote_ident(name) RETURNS pg_catalog.text LANGUAGE sql RETURN 'shadow';`;
  const settings = "SELECT name, setting FROM pg_catalog.pg_settings ORDER BY name";
  await client.query(shadows);
  const plain = await read();
  await client.query(setting);
  const start = (await client.query(settings)).rows;
  const facts = await read();
  const end = (await client.query(settings)).rows;
  await client.query("ROLLBACK");
  await client.query("RESET ROLE");
  await client.query("RESET ALL");
  await client.query("DROP TABLE odd.pg_class, odd.t; DROP TYPE odd.text; DROP FUNCTION odd.quote_ident");

  expect([...facts]).toEqual([...plain]);
  expect(end).toEqual(start);
});

test("a question that fails leaves the session as it was, in a transaction and outside one", async () => {
  const fail = () => queryPinned((sql, values) => client.query(sql, values), "SELECT 1 / 0 AS answer");
  const path = async () => (await client.query("SHOW search_path")).rows[0];
  await client.query("SET search_path = odd");
  await expect(fail()).rejects.toThrow("division by zero");
  const outside = await path();
  await client.query("BEGIN; SET LOCAL search_path = odd, public; SAVEPOINT here");
  await expect(fail()).rejects.toThrow("division by zero");
  await client.query("ROLLBACK TO here");
  const inside = await path();
  await client.query("ROLLBACK");
  await client.query("RESET ALL");

  expect([outside, inside]).toEqual([{ search_path: "odd" }, { search_path: "odd, public" }]);
});

test("a server without the expected answer is an error of the harness", async () => {
  await expect(readCatalog(async () => ({ rows: [] }))).rejects.toMatchObject({ name: "HarnessError" });
});
