import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HarnessError } from "../errors.ts";
import { splitStatements } from "./split-statements.ts";

async function textsOf(source: string): Promise<string[]> {
  return (await splitStatements(source)).map(({ text }) => text);
}

async function readError(source: string): Promise<HarnessError> {
  const thrown: unknown = await splitStatements(source, "step.sql").then(
    () => "cut",
    (error: unknown) => error,
  );

  if (!(thrown instanceof HarnessError)) throw new Error(`expected a HarnessError for ${source}`, { cause: thrown });

  return thrown;
}

/** Any text but NUL, as the inside of a quote or comment; half of it from what could be mistaken for an end. */
const inside = fc
  .array(
    fc.oneof(
      fc.constantFrom(";", "\\d x", "\n", "\r\n", "--", "'", '"', "$", "$$", "😀", "é", ":x", "BEGIN ATOMIC", "\f"),
      fc.string({ unit: "binary", maxLength: 3 }).map((text) => text.replaceAll("\0", "")),
    ),
    { maxLength: 5 },
  )
  .map((parts) => parts.join(""));

const lineComment = inside.map((text) => `--${text.replace(/[\r\n]/g, "")}\n`);
const blockComment = inside.map((text) => `/*${text.replace(/[*/]/g, "")}/* in it */;*/`);
const noise = fc
  .array(fc.oneof(fc.constantFrom(" ", "\n", "\r\n", "\t", "\f"), lineComment, blockComment), {
    maxLength: 4,
  })
  .map((parts) => parts.join(""));

const expression = fc.oneof(
  inside.map((text) => `'${text.replaceAll("'", "''")}'`),
  inside.map((text) => `$tag$${text.replaceAll("$", "")}$tag$`),
  inside.map((text) => `"x${text.replaceAll('"', '""')}"`),
  fc.constantFrom("1::int", "a[1:2]", "f(x := 1)", "E'\\';'", "B'1'", "(select ';')"),
);
const select = fc
  .tuple(fc.array(fc.tuple(expression, noise, noise), { maxLength: 3 }), expression)
  .map(
    ([parts, last]) => `select ${parts.map(([first, before, after]) => `${first}${before},${after}`).join("")}${last}`,
  );
const statement = fc.record({
  text: fc.oneof(select, fc.constant("create function f() returns int begin atomic select 1; select 2; end")),
  end: noise.map((text) => `${text};`),
});
const command = fc.record({
  text: fc.constantFrom("\\d organizations;", "\\timing on", "\\echo don't; -- 'é'", "\\x"),
  end: fc.constantFrom("\n", " \r\n"),
});

describe("cutting", () => {
  test("gives each statement its own text and line, with comments and blank lines between them", async () => {
    const pieces = fc.array(fc.tuple(noise, fc.oneof(statement, command)), { maxLength: 5 });

    await fc.assert(
      fc.asyncProperty(pieces, noise, async (given, after) => {
        let source = "";
        const expected = given.map(([before, { text, end }]) => {
          source += before;
          const line = source.split("\n").length;
          source += text + end;

          return { text, line };
        });

        expect((await splitStatements(source + after)).map(({ text, line }) => ({ text, line }))).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test("names the line and the column, in characters, where PostgreSQL stops", async () => {
    await fc.assert(
      fc.asyncProperty(noise, statement, noise, async (before, { text, end }, between) => {
        const right = before + text + end + between;
        const lines = right.split("\n");
        const position = `${lines.length}:${[...(lines.at(-1) ?? "")].length + 1}`;

        expect((await readError(`${right}wrong;`)).message).toBe(
          `step.sql:${position}: syntax error at or near "wrong"`,
        );
      }),
      { numRuns: 100 },
    );
  });

  test("names the parse nodes of statements", async () => {
    const source = "create table t (id int); do $$ begin end $$; \\d t\nalter table t add column a int; begin; commit";

    expect((await splitStatements(source)).map(({ kind, node }) => `${kind} ${node}`)).toEqual([
      "sql CreateStmt",
      "sql DoStmt",
      "meta meta",
      "sql AlterTableStmt",
      "sql TransactionStmt",
      "sql TransactionStmt",
    ]);
  });

  test("needs no semicolon after the last statement", async () => {
    expect(await textsOf("select 1;\nselect 2 -- the end\n/* of it */ \n")).toEqual(["select 1", "select 2"]);
  });

  test.each(["", " \n", "-- nothing\n", "/* /* nothing */ */", ";;\n;", "\uFEFF"])(
    "finds no statement in %j",
    async (source) => {
      expect(await splitStatements(source)).toEqual([]);
    },
  );

  test("skips a byte order mark without moving a column", async () => {
    expect(await textsOf("\uFEFFselect 1")).toEqual(["select 1"]);
    expect((await readError("\uFEFFselect 1 from from")).message).toContain("step.sql:1:15: ");
  });

  test("keeps a function's body unchanged, with its backslashes, semicolons and carriage returns", async () => {
    const body =
      "create function f() returns text as $f$\r\nbegin\r\n\\d; -- ';\r\n return E'\\';';\r\nend $f$ language plpgsql";

    expect(await textsOf(`${body};\r\nselect 1;`)).toEqual([body, "select 1"]);
  });
});

describe("a psql command", () => {
  test.each(["\\g", "\\gx", "\\gset prefix_", "\\g (format=csv) out.csv", "\\crosstabview a b"])(
    "%s sends the statement before it, as a semicolon does",
    async (text) => {
      expect(await splitStatements(`\nselect 1\n ${text}\nselect 2`)).toEqual([
        { kind: "sql", text: "select 1", line: 2, node: "SelectStmt" },
        { kind: "meta", text, line: 3, node: "meta" },
        { kind: "sql", text: "select 2", line: 4, node: "SelectStmt" },
      ]);
    },
  );

  test.each([
    "\\d",
    "\\d+ t",
    "\\dRp+",
    "\\dt;",
    "\\l",
    "\\sf f(int)",
    "\\set ON_ERROR_STOP on",
    "\\restrict a1",
    "\\echo 'a\\'b'",
  ])("%s passes, for it changes nothing that is sent", async (text) => {
    expect(await textsOf(`select 1;\n${text}\nselect 2;`)).toEqual(["select 1", text, "select 2"]);
  });

  test.each([
    ["\\copy t from 'rows.csv'", "the psql command \\copy is not supported"],
    ["\\i other.sql", "the psql command \\i is not supported"],
    ["\\ir other.sql", "the psql command \\ir is not supported"],
    ["\\if true", "the psql command \\if is not supported"],
    ["\\connect other", "the psql command \\connect is not supported"],
    ["\\set AUTOCOMMIT off", "the psql command \\set is not supported"],
    ["\\! rm", "the psql command \\! is not supported"],
    ["\\", "the psql command \\ is not supported"],
    ["\\gset", "\\gset would send the last statement again"],
    ["\\timing on \\i other.sql", "a second command follows on the line of a psql command"],
    ["\\timing \\\\ drop table t;", "a second command follows on the line of a psql command"],
  ])("%s is rejected", async (text, wrong) => {
    const error = await readError(`select 1;\n  ${text}`);

    expect(error.message).toBe(`step.sql:2:3: ${wrong}`);
    expect(error.remedy).not.toBe("");
  });

  test.each([
    ["select 'drop table t' \\gexec", "step.sql:1:23: the psql command \\gexec is not supported"],
    ["select 1 \\watch 2", "step.sql:1:10: the psql command \\watch is not supported"],
    ["select 1\\; select 2;", "step.sql:1:9: the psql command \\; is not supported"],
    ["select 1\n\\timing on\n, 2;", "step.sql:2:1: \\timing is inside a statement"],
    ["select (1\n\\timing on\n);", "step.sql:2:1: \\timing is inside a statement"],
    ["select 1 + \\g", "step.sql:1:12: syntax error at end of input"],
  ])("is rejected where it would change the SQL before it: %j", async (source, message) => {
    expect((await readError(source)).message).toBe(message);
  });
});

describe("what only psql understands", () => {
  test.each([
    ["select * from :table", ":table"],
    ["select :'name'", ":'name'"],
    ['drop table :"name"', ':"name"'],
    ["select :{?name}", ":{?name}"],
  ])("is rejected as a variable: %j", async (source, variable) => {
    expect((await readError(source)).message).toContain(`the psql variable ${variable} is not supported`);
  });

  test("is not seen in quotes, casts, slices and named arguments", async () => {
    const source = "select ':a', $$:b$$, \":c\", a::int, a[1:n], f(x := 1) -- :d";

    expect(await textsOf(source)).toEqual([source.replace(" -- :d", "")]);
  });

  test.each(["copy t from stdin;\n1\tone\n\\.\n", "copy t from stdin;\n\\N\tone\n\\.\n", "copy t from stdin;\n\\.\n"])(
    "is rejected as rows for COPY: %j",
    async (source) => {
      expect((await readError(`select 1;\n${source}`)).message).toBe("step.sql:2:1: COPY from stdin is not supported");
    },
  );

  test("leaves a COPY that needs no rows from the file", async () => {
    expect(await textsOf("copy t to stdout; copy t from '/tmp/rows'")).toHaveLength(2);
  });
});

describe("a text that PostgreSQL cannot take", () => {
  test.each([
    ["select 'a", 'step.sql:1:8: unterminated quoted string at or near "\'a"'],
    ["select 1;\n/* a", 'step.sql:2:1: unterminated /* comment at or near "/* a"'],
    ["select\n  1a", 'step.sql:2:3: trailing junk after numeric literal at or near "1a"'],
    ["select 1;\n\\timing\n\nalter tabel t;", 'step.sql:4:7: syntax error at or near "tabel"'],
    ["select 1;\0 drop table t;", "step.sql:1:10: a NUL character, which PostgreSQL does not take"],
    ["select '\ud83d'", "step.sql:1:9: half a character (a lone surrogate)"],
  ])("is rejected with its position: %j", async (source, message) => {
    expect((await readError(source)).message).toBe(message);
  });
});
