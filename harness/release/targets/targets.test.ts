import { expect, test } from "vitest";
import { makeStep } from "../../testing/example-release.ts";
import { loadParser } from "../parser.ts";
import { listBodies, type ObjectName, Targets } from "./targets.ts";

const parser = await loadParser();
const NO_BODIES = new Map<string, readonly string[]>();

async function read(sql: string, called: ReadonlyMap<string, readonly string[]> = NO_BODIES): Promise<Targets> {
  return new Targets(parser, [await makeStep("up.sql", sql)], called);
}

/** `t` in the schema `public`, or `s.t`. */
function named(name: string): ObjectName {
  const [within = "", own] = name.split(".");

  return own === undefined ? { within: "public", name } : { within, name: own };
}

const body = (statements: string): string => `DO $$ BEGIN ${statements} END $$;`;

test.each([
  ["INSERT INTO t VALUES (1);", "t"],
  ["UPDATE ONLY s.t AS x SET a = 1 FROM u;", "s.t"],
  ["DELETE FROM t USING u;", "t"],
  ["TRUNCATE x, t;", "t"],
  ["MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE;", "t"],
  ["COPY t FROM '/tmp/t';", "t"],
  ["WITH gone AS (DELETE FROM t RETURNING a) SELECT * FROM gone;", "t"],
  ['UPDATE "Big T" SET a = 1;', "Big T"],
  ["REFRESH MATERIALIZED VIEW t;", "t"],
  ["ALTER TABLE t DETACH PARTITION p;", "t"],
  [body("UPDATE t SET a = 1;"), "t"],
  [body(`EXECUTE 'DELETE FROM public."t" WHERE a'; /* INSERT INTO u */`), "t"],
  ["CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'INSERT INTO t VALUES (1)';", "t"],
  ["CREATE FUNCTION f() RETURNS void LANGUAGE sql BEGIN ATOMIC INSERT INTO t VALUES (1); END;", "t"],
  ["ALTER TABLE t RENAME TO x; DELETE FROM x;", "t"],
])("%s writes to one table", async (sql, table) => {
  const targets = await read(sql);

  expect(targets.isWritten(named(table))).toBe(true);
  expect(targets.isWritten(named("u"))).toBe(false);
  expect(targets.isDynamic).toBe(false);
});

test("a schema that is written counts; without one, any does", async () => {
  expect((await read("DELETE FROM s.t;")).isWritten(named("t"))).toBe(false);
  expect((await read("DELETE FROM t;")).isWritten(named("s.t"))).toBe(true);
});

test.each([
  ["UPDATE t SET a = 1 WHERE b = 2;", true, false],
  ["UPDATE t SET (a, c) = (SELECT b, 1);", true, false],
  ["UPDATE t SET a[1] = b;", true, false],
  ["INSERT INTO t (id) VALUES (1) ON CONFLICT (b) DO UPDATE SET a = excluded.b;", true, false],
  ["INSERT INTO t SELECT 1;", true, true],
  ["MERGE INTO t USING u ON t.b = u.b WHEN MATCHED THEN UPDATE SET a = 1;", true, false],
  ["ALTER TABLE t ALTER a TYPE text USING b::text;", true, false],
  ["SELECT a FROM t;", false, false],
  [body("UPDATE t SET a = b;"), true, false],
  [body("NEW.a := NEW.b;"), true, false],
  [body("SELECT b INTO NEW.a FROM t;"), true, false],
  [body("IF x.b <= 1 THEN NULL; END IF; t.a = 1;"), true, false],
  ["ALTER TABLE t RENAME a TO x; UPDATE t SET x = 1;", true, false],
])("%s assigns a: %s, b: %s", async (sql, a, b) => {
  const targets = await read(sql);

  expect([targets.isAssigned(named("t"), "a"), targets.isAssigned(named("t"), "b")]).toEqual([a, b]);
});

test.each([
  ["ALTER TABLE t ALTER a TYPE int;", false],
  ["ALTER TABLE t ALTER a TYPE int USING a::text::int;", false],
  ["ALTER TABLE t ALTER a TYPE int USING CASE a WHEN 'x' THEN 1 END;", true],
  ["UPDATE t SET a = trim(a); ALTER TABLE t ALTER a TYPE int USING a::int;", true],
])("%s converts: %s", async (sql, isConverted) => {
  expect((await read(sql)).isConverted(named("t"), "a")).toBe(isConverted);
});

test("objects are dropped by their own name and kind, under the name that they have by then", async () => {
  const targets = await read(`DROP VIEW s.v; DROP FUNCTION f(int) CASCADE; DROP TRIGGER touch ON t;
ALTER TABLE t DROP COLUMN a, DROP CONSTRAINT c; ALTER TABLE old RENAME TO older; DROP TABLE older; DROP ROLE r;
${body("DROP POLICY IF EXISTS p ON t; DROP TABLE IF EXISTS x, y; DROP FUNCTION g(int), h(text);")}`);
  const dropped = (kind: Parameters<Targets["isDropped"]>[0], ...names: readonly string[]): boolean[] =>
    names.map((name) => targets.isDropped(kind, named(name)));

  expect(dropped("relation", "s.v", "public.v", "old", "x", "y", "t")).toEqual([true, false, true, true, true, false]);
  expect(dropped("function", "f", "g", "h", "touch")).toEqual([true, true, true, false]);
  expect(dropped("trigger", "t.touch", "u.touch", "t.f")).toEqual([true, false, false]);
  expect(dropped("column", "t.a", "u.a")).toEqual([true, false]);
  expect(dropped("policy", "t.p", "t.q")).toEqual([true, false]);
  expect([...dropped("constraint", "c"), ...dropped("role", "r")]).toEqual([true, true]);
});

test("attributes are set by the object, the role and the privilege", async () => {
  const targets = await read(`GRANT SELECT ON t TO bob; REVOKE ALL ON FUNCTION f(int) FROM PUBLIC;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO app; ALTER TABLE t OWNER TO bob;
CREATE VIEW v WITH (security_barrier) AS SELECT 1; CREATE POLICY p ON t USING (true); CREATE POLICY q ON t TO PUBLIC USING (true);
CREATE FUNCTION g() RETURNS int LANGUAGE sql STABLE SET search_path = '' AS 'SELECT 1'; ALTER FUNCTION g() RESET work_mem;
${body("GRANT SELECT ON v TO reader, writer;")}`);

  expect(targets.isSet("grants", named("t"), "bob", "SELECT")).toBe(true);
  expect(targets.isSet("grants", named("t"), "bob", "UPDATE")).toBe(false);
  expect(targets.isSet("grants", named("t"), "alice", "SELECT")).toBe(false);
  expect(targets.isSet("grants", named("f"), "PUBLIC", "EXECUTE")).toBe(true);
  expect(targets.isSet("grants", named("any_seq"), "app", "USAGE")).toBe(true);
  expect(targets.isSet("grants", named("v"), "writer", "SELECT")).toBe(true);
  expect([targets.isSet("owner", named("t")), targets.isSet("owner", named("v"))]).toEqual([true, false]);
  expect(targets.isSet("option", named("v"), "security_barrier")).toBe(true);
  expect(targets.isSet("option", named("v"), "security_invoker")).toBe(false);
  expect([targets.isSet("roles", named("t.p")), targets.isSet("roles", named("t.q"))]).toEqual([false, true]);
  expect(targets.isSet("volatility", named("g"))).toBe(true);
  expect(targets.isSet("security definer", named("g"))).toBe(false);
  expect(["search_path", "work_mem", "jit"].map((name) => targets.isSet("config", named("g"), name))).toEqual([
    true,
    true,
    false,
  ]);
});

test.each([
  [body("EXECUTE format('UPDATE %I SET a = 1', t);"), true, true],
  [body("EXECUTE 'DROP TABLE ' || quote_ident(t);"), true, true],
  [body("EXECUTE format('DROP FUNCTION IF EXISTS %I', f);"), true, false],
  [body("EXECUTE format('UPDATE t SET a = %L', x);"), false, false],
  ["DROP OWNED BY bob;", true, true],
])("%s may name anything: %s, and write any table: %s", async (sql, isDynamic, writesUnknown) => {
  const targets = await read(sql);

  expect([targets.isDynamic, targets.writesUnknown]).toEqual([isDynamic, writesUnknown]);
});

test("the bodies of functions that were there count if they are called, at any distance", async () => {
  const catalog = new Map([
    ["function public.clean(integer)", { body: "SELECT public.sweep()" }],
    ['function public."sweep"()', { body: "DELETE FROM t" }],
  ]);
  const bodies = listBodies(catalog);

  expect((await read("SELECT clean(1);", bodies)).isWritten(named("t"))).toBe(true);
  expect(
    (await read("CREATE TRIGGER x BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION clean();", bodies)).isWritten(
      named("t"),
    ),
  ).toBe(false);
});

test("types whose values print differently", async () => {
  const targets = await read("ALTER TYPE s.mood RENAME VALUE 'a' TO 'b'; ALTER TYPE address ADD ATTRIBUTE zip text;");

  expect(["mood", "s.mood[]", "address", "text"].map((type) => targets.isChangedType(type))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
