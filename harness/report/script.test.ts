import fc from "fast-check";
import { expect, test } from "vitest";
import type { PropertyResult } from "../property/verdict.ts";
import type { ScriptPart } from "../release/script-part.ts";
import { known, violated } from "../testing/sample-run.ts";
import { formatScript } from "./write-scripts.ts";

function scriptWith(text: string, script: readonly ScriptPart[]): string {
  const result: PropertyResult = {
    ...violated,
    title: text,
    violation: { expected: text, got: text, script },
  };
  return formatScript(text, result, `${text}.sql`) ?? "";
}

test("hostile text stays in its comment, and the statements are unchanged", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("*/ drop table x;", "a\ndrop table x;", "a\r\\! id", "\u2028\\q", "\\", "/*", "$$", "'"),
  );
  fc.assert(
    fc.property(hostile, fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 3 }), (text, bodies) => {
      const parts = bodies.map((body, index) => ({ title: text, sql: `select '${index}${body}';` }));
      let rest = scriptWith(text, parts);
      for (const { sql } of parts) {
        const at = rest.indexOf(`\n${sql}\n`);
        expect(at).toBeGreaterThan(0);
        expect(rest.slice(0, at + 1)).toMatch(
          /^(\n|--( [^\p{Cc}\u2028\u2029]*)?\n|\\pset null NULL\n|\\encoding UTF8\n)*$/u,
        );
        rest = rest.slice(at + sql.length + 2);
      }
      expect(rest).toBe("");
    }),
  );
});

test("expected and got are right before the last part", () => {
  expect(formatScript("phase-3.5-published", violated, "out/C3 negative.sql")).toMatch(
    /-- it consumes a negative number\n-- Expected: the call is refused.*\n-- Got: the call returned true.*\nselect consume_specific_credits\(.*\);\n$/,
  );
});

test("the header says how to run it from the reader's folder", () => {
  expect(formatScript("phase-3.5-published", violated, "out/C3 negative.sql")).toContain(
    "-- phase-3.5-published violates C3\n",
  );
  expect(formatScript("phase-3.5-published", violated, "out/C3 negative.sql")).toContain(
    "createdb scratch && psql -X -d scratch -f 'out/C3 negative.sql'\n",
  );
});

test("the script has the release's own parts, and without parts still expected and got", () => {
  expect(formatScript("x", known, "C5.sql")).toContain("create table organizations");
  expect(scriptWith("nothing", [])).toMatch(/-- Expected: nothing\n-- Got: nothing\n$/);
});

test("NULL is shown as NULL, and only a script that is not ASCII sets its encoding", () => {
  expect(scriptWith("é", [{ title: "é", sql: "select 1;" }])).toMatch(/\n\n\\pset null NULL\n\n-- é\n/);
  expect(scriptWith("e", [{ title: "e", sql: "select 'é';" }])).toContain("\\encoding UTF8\n\n-- e\n");
});

test("the lines of a wrapped comment are comments", () => {
  const script = scriptWith("very ".repeat(60), [{ title: "x", sql: "select 1;" }]);

  expect(script).toMatch(/-- Expected: (very )+very\n(-- {3}(very )+very\n)+-- Got: /);
  expect(script.split("\n").filter((line) => line.length > 100 && !line.includes("createdb"))).toEqual([]);
});

test("a result without a violation has no script", () => {
  const { violation: _, ...bare } = violated;

  expect(formatScript("x", bare, "C3.sql")).toBeUndefined();
});
