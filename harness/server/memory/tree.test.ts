/**
 * What is made of PostgreSQL's tree against pg-mem's own parser: of the same words they make the same.
 */
import { parse } from "pgsql-ast-parser";
import { expect, test } from "vitest";
import { loadParser } from "../../release/parser.ts";
import { nodesOf } from "../../release/syntax.ts";
import { treeFor } from "./tree.ts";

const parser = await loadParser();

function treeOf(text: string): unknown {
  const parsed = parser.parse(text);
  if ("message" in parsed) throw new Error(parsed.message);
  const [statement] = parsed.statements;
  const [root] = statement === undefined ? [] : nodesOf(statement.node, statement.tree, () => -1);

  return root && treeFor(root);
}

test.each([
  "CREATE TABLE IF NOT EXISTS t (a int4, b int8 NOT NULL, c text, d uuid PRIMARY KEY)",
  "CREATE TABLE public.t (a uuid DEFAULT gen_random_uuid(), b timestamptz DEFAULT now(), c bool DEFAULT false)",
  "CREATE TABLE t (a bigserial, b int4 CONSTRAINT positive CHECK (b >= 0), CONSTRAINT order_of CHECK (b <> -1))",
  'CREATE TABLE "T" ("A" int4 REFERENCES public.u (id))',
  "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int4 DEFAULT -1, ADD COLUMN b text NOT NULL DEFAULT ''",
  "ALTER TABLE t DROP CONSTRAINT d, DROP CONSTRAINT IF EXISTS e, ADD CONSTRAINT c CHECK (a > 0)",
  "ALTER TABLE t ALTER COLUMN a DROP DEFAULT, DROP COLUMN IF EXISTS b, DROP COLUMN c, ALTER COLUMN d SET DEFAULT 0",
  "ALTER TABLE t ALTER COLUMN a DROP NOT NULL, ALTER COLUMN a SET NOT NULL",
  "INSERT INTO public.t (a, b) VALUES (1, NULL), (DEFAULT, -5), (0, 'it''s'), (-2147483648, '')",
  "UPDATE t SET a = 1, b = DEFAULT WHERE c = 'x' AND a <= 5",
  "UPDATE t SET a = 0",
  "DELETE FROM public.t WHERE a = 1",
  "SELECT count(*) AS n, a, t.b FROM public.t WHERE a <> 1",
])("%s", (text) => {
  expect(treeOf(text)).toStrictEqual(parse(text)[0]);
});

test("what ALTER TABLE does is done in the order in which PostgreSQL does it", () => {
  const told =
    "ADD CONSTRAINT c CHECK (b > 0), ALTER b SET NOT NULL, ADD COLUMN b int4, DROP CONSTRAINT IF EXISTS c";
  const done =
    "DROP CONSTRAINT IF EXISTS c, ADD COLUMN b int4, ALTER b SET NOT NULL, ADD CONSTRAINT c CHECK (b > 0)";

  expect(treeOf(`ALTER TABLE t ${told}`)).toStrictEqual(parse(`ALTER TABLE t ${done}`)[0]);
});

test("a check binds every write, validated or not, and an index changes nothing", () => {
  expect(treeOf("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID")).toStrictEqual(
    treeOf("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)"),
  );
  expect(treeOf("ALTER TABLE t VALIDATE CONSTRAINT c")).toBeUndefined();
  expect(treeOf("CREATE INDEX CONCURRENTLY i ON t (a) WHERE b > 0")).toBeUndefined();
});

test.each([
  ["TRUNCATE t", "TruncateStmt"],
  ["ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)", "CONSTR_UNIQUE"],
  ["CREATE TABLE t (a int4 UNIQUE)", "CONSTR_UNIQUE"],
  ["ALTER TABLE t SET SCHEMA s", "AlterObjectSchemaStmt"],
  ["ALTER TABLE t SET (fillfactor = 50)", "AT_SetRelOptions"],
  ["SELECT 1.50 FROM t", "such a number"],
  ["SELECT a::text FROM t", "TypeCast"],
  ["SELECT -a FROM t", "a form without such a part"],
  ["SELECT s.t.a FROM t", "such a name of a column"],
])("%s is left to nobody's guess", (text, what) => {
  expect(() => treeOf(text)).toThrow(`pg-mem is not asked about ${what}`);
});
