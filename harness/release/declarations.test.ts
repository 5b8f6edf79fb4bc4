import { expect, test } from "vitest";
import { HarnessError } from "../errors.ts";
import { type AuthorDeclaration, parseDeclarations } from "./declarations.ts";
import { loadParser } from "./parser.ts";

const RULES = ["applies.1", "keeps.1", "keeps.4"];
const parser = await loadParser();

const parse = (source: string): readonly AuthorDeclaration[] =>
  parseDeclarations({ source, file: "/up.sql" }, RULES, parser);

function parseError(comment: string): HarnessError {
  try {
    parse(`SELECT 1;\n${comment}`);
  } catch (error) {
    if (error instanceof HarnessError) return error;
    throw error;
  }
  throw new Error(`no error for ${comment}`);
}

test("each verb, with what it takes", () => {
  const source = `-- plumbline: assume users: email IS NOT NULL
CREATE TABLE a ();
  --plumbline: old-code-gone users.nick because unused since 2.3
-- Plumbline:  deletes app."Old builds" where build_time IS NULL and kind <> 'because' because never started, because of the queue
-- plumbline: also-changes versions.updated_at because every version counts as changed
-- plumbline: irreversible because no page shows it
SELECT 1; -- plumbline: allow keeps.4 public.f(integer, text) because no role reads it
-- plumbline: allow keeps.1 because it is a test`;

  expect(parse(source).map(({ file, text, ...rest }) => rest)).toEqual([
    { verb: "assume", line: 1, object: "users", condition: "email IS NOT NULL" },
    { verb: "old-code-gone", line: 3, object: "users.nick", reason: "unused since 2.3" },
    {
      verb: "deletes",
      line: 4,
      object: 'app."Old builds"',
      condition: "build_time IS NULL and kind <> 'because'",
      reason: "never started, because of the queue",
    },
    { verb: "also-changes", line: 5, object: "versions.updated_at", reason: "every version counts as changed" },
    { verb: "irreversible", line: 6, object: "", reason: "no page shows it" },
    { verb: "allow", line: 7, rule: "keeps.4", object: "public.f(integer, text)", reason: "no role reads it" },
    { verb: "allow", line: 8, rule: "keeps.1", object: "", reason: "it is a test" },
  ]);
});

test("other comments, and the words in a string, declare nothing", () => {
  expect(parse("-- plumbline is a tool\n-- see plumbline: x\nSELECT '-- plumbline: nonsense';\n")).toEqual([]);
});

test.each([
  ["-- plumbline: delete users because x", 'there is no verb "delete" after "-- plumbline:"; did you mean deletes?'],
  ["-- plumbline:", 'the verb is missing after "-- plumbline:"'],
  ["-- plumbline: deletes users", "the reason is missing"],
  ["-- plumbline: deletes users because …", "the reason is missing"],
  ["-- plumbline: also-changes a.b because <reason>", "the reason is missing"],
  ["-- plumbline: deletes because unused", "the object is missing"],
  ["-- plumbline: also-changes users updated_at because x", '"users updated_at" is no name of an object'],
  ["-- plumbline: also-changes users where id = 1 because x", "it takes no condition"],
  ["-- plumbline: deletes users where id = because x", "the condition is no expression of SQL"],
  ["-- plumbline: assume users email IS NOT NULL", "a table and a condition are missing"],
  ["-- plumbline: assume users: email IS NOT", "the condition is no expression of SQL"],
  ["-- plumbline: assume users: true; DROP TABLE users", "the condition is no expression of SQL"],
  ["-- plumbline: irreversible users because x", "it takes no object"],
  ["-- plumbline: allow keep.4 because x", 'there is no rule "keep.4"; did you mean keeps.4?'],
])("%s is an error", (comment, problem) => {
  const { message, remedy } = parseError(comment);

  expect(message).toContain(`/up.sql:2: ${problem}`);
  expect(remedy).not.toBe("");
});
