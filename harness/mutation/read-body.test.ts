import fc from "fast-check";
import { expect, test } from "vitest";
import { makeRelease } from "../testing/example-release.ts";
import type { BodyKind } from "./body.ts";
import { readSubjects } from "./read-subjects.ts";

/** A statement as text, and the kinds of it and of what is in it. */
interface Written {
  readonly text: string;
  readonly kinds: readonly BodyKind[];
}

const gap = fc.constantFrom(" ", "\n", " -- é; END IF;\n", " /* THEN */ ");
const expression = fc.constantFrom(
  "1",
  "n > 0",
  "'; THEN 😀'",
  "(CASE WHEN n = 1 THEN 2 ELSE 3 END) > 0",
  "(SELECT MAX(a) FROM t WHERE b IN (1, 2)) = 3",
  "NOT EXISTS (SELECT)",
);

function simple(kind: BodyKind, ...texts: readonly string[]): fc.Arbitrary<Written> {
  return fc.tuple(fc.constantFrom(...texts), expression).map(([text, value]) => ({
    text: text.replaceAll("?", () => value),
    kinds: [kind],
  }));
}

const plain = fc.oneof(
  simple("assignment", "n := ?;", "r.a := ?;", "list[1] := ?;", "n = ?;"),
  simple("sql", "SELECT a, ? INTO n FROM t;", "SELECT ? INTO STRICT r;", "INSERT INTO t VALUES (?);", "DELETE FROM t;"),
  simple("perform", "PERFORM f(?);", "perform f(?) FROM t WHERE b;"),
  simple("execute", "EXECUTE 'SELECT 1';", "EXECUTE format('%s', ?) INTO n USING 1, 2;"),
  simple("raise", "RAISE;", "RAISE NOTICE '% ; %', ?, f(1, 2);", "RAISE EXCEPTION USING MESSAGE = ?, HINT = 'x';"),
  simple("diagnostics", "GET DIAGNOSTICS n = ROW_COUNT;"),
  simple("return", "RETURN;"),
  simple("commit", "COMMIT;"),
  simple("null", "NULL;"),
  simple("assert", "ASSERT ?, 'x';"),
);

const { written } = fc.letrec<{ written: Written; list: Written }>((tie) => {
  const lists = fc.tuple(tie("list"), tie("list"), gap, expression);
  const nested = (kind: BodyKind, text: (one: string, other: string, value: string) => string) =>
    lists.map(([one, other, space, value]) => ({
      text: text(`${space}${one.text}${space}`, `${space}${other.text}${space}`, value),
      kinds: [kind, ...one.kinds, ...other.kinds],
    }));

  return {
    written: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      plain,
      nested("if", (one, other, value) => `IF ${value} THEN${one}ELSIF ${value} THEN${other}END IF;`),
      nested("case", (one, other, value) => `CASE n WHEN ${value} THEN${one}ELSE${other}END CASE;`),
      nested("loop", (one, other) => `<<label>> LOOP${one}${other}EXIT label; END LOOP label;`).map(
        ({ text, kinds }) => ({ text, kinds: [...kinds, "exit" as const] }),
      ),
      nested("while", (one, other, value) => `WHILE ${value} LOOP${one}${other}END LOOP;`),
      nested("for", (one, other) => `FOR i IN REVERSE 3..f(1, 2) BY 2 LOOP${one}${other}END LOOP;`),
      nested("for", (one, other) => `FOR r IN SELECT a FROM t WHERE b LOOP${one}${other}END LOOP;`),
      nested("for", (one, other) => `FOR r IN EXECUTE 'x' USING 1 LOOP${one}${other}END LOOP;`),
      nested("foreach", (one, other) => `FOREACH n IN ARRAY list LOOP${one}${other}END LOOP;`),
      nested("block", (one, other) => `DECLARE m INT := 1; BEGIN${one}EXCEPTION WHEN OTHERS THEN${other}END;`),
    ),
    list: fc.array(tie("written"), { minLength: 1, maxLength: 2 }).map((list) => ({
      text: list.map(({ text }) => text).join("\n"),
      kinds: list.flatMap(({ kinds }) => kinds),
    })),
  };
});

test("whatever stands in a body, its statements are read as PL/pgSQL reads them, and nothing is missed", async () => {
  await fc.assert(
    fc.asyncProperty(written, gap, async ({ text, kinds }, space) => {
      const head = `DECLARE n INT; list INT[];${space}r RECORD;`;
      const source = `-- é\nDO $body$${space}${head}${space}BEGIN${space}${text}${space}END $body$;`;
      const { subjects, misses } = await readSubjects(await makeRelease(source));
      const [block, ...statements] = subjects[0]?.body?.statements ?? [];

      expect(misses).toEqual([]);
      expect(statements.map(({ kind }) => kind)).toEqual(kinds);
      expect(source.slice(block?.start, block?.end)).toBe(source.slice(source.indexOf("DECLARE"), -" $body$;".length));
      expect(source.slice(statements[0]?.start, block?.end)).toMatch(/^[\w<]/);
    }),
    { numRuns: 150 },
  );
});
