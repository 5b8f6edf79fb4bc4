import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readRelease } from "../release/read-release.ts";
import { findAncestor } from "../release/syntax.ts";
import { makeRelease } from "../testing/example-release.ts";
import { readSubjects } from "./read-subjects.ts";

const expressions = ["A_Expr", "BoolExpr", "NullTest", "BooleanTest", "FuncCall", "ColumnRef", "TypeCast"].concat([
  "CoalesceExpr",
  "MinMaxExpr",
  "CaseExpr",
  "SubLink",
  "RowExpr",
  "CollateClause",
  "A_Const",
]);

/** The texts of all expressions of these kinds in a statement. */
async function textsOf(source: string, ...kinds: readonly string[]): Promise<(string | undefined)[]> {
  const { subjects } = await readSubjects(await makeRelease(source));
  const fragments = subjects.flatMap((subject) => subject.fragments);

  return fragments.flatMap((fragment) =>
    fragment.of(...kinds).map((node) => {
      const span = fragment.span(node);

      return span && fragment.text(span);
    }),
  );
}

test.each([
  ["SELECT '😀é', (a + b) * c - 1;", "A_Expr", ["(a + b) * c - 1", "(a + b) * c", "a + b"]],
  ["SELECT COUNT(*) FILTER (WHERE a < (1)), now();", "FuncCall", ["COUNT(*) FILTER (WHERE a < (1))", "now()"]],
  ["SELECT a::NUMERIC(10, 2)[], CAST(b AS TEXT);", "TypeCast", ["a::NUMERIC(10, 2)[]", "CAST(b AS TEXT)"]],
  ["SELECT CASE a WHEN 1 THEN CASE WHEN b THEN 2 END END;", "CaseExpr", undefined],
  ["SELECT t.a IS NOT NULL, b /* ; */ IS NULL;", "NullTest", ["t.a IS NOT NULL", "b /* ; */ IS NULL"]],
  ["SELECT a = ANY (ARRAY[1, 2]), (x(1))[2];", "A_Expr", ["a = ANY (ARRAY[1, 2])"]],
])("the span of an expression is what PostgreSQL reads: %s", async (source, kind, texts) => {
  const inner = "CASE WHEN b THEN 2 END";

  expect(await textsOf(source, kind)).toEqual(texts ?? [source.slice("SELECT ".length, -1), inner]);
});

test("the span of an expression of a body is that in the file", async () => {
  const source =
    "-- é\nDO $é$\nDECLARE n INT;\nBEGIN\n  SELECT 'é', f(1)\n  INTO n FROM t; IF f(2) > 1 THEN NULL; END IF;\nEND $é$;";

  expect(await textsOf(source, "FuncCall")).toEqual(["f(1)", "f(2)"]);
});

test.each(["hardened", "published"])("nearly every expression of %s has a span", async (name) => {
  const folder = fileURLToPath(new URL(`../../sql/${name}`, import.meta.url));
  const { subjects } = await readSubjects(await readRelease(folder));
  const spans = subjects.flatMap(({ fragments }) =>
    fragments.flatMap((fragment) =>
      fragment
        .of(...expressions)
        .filter((node) => findAncestor(node, "VariableSetStmt") === undefined)
        .map((node) => fragment.span(node)),
    ),
  );

  expect(spans.length).toBeGreaterThan(500);
  expect(spans.filter((span) => span === undefined).length / spans.length).toBeLessThan(0.005);
});
