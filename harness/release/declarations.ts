/**
 * Reads what the author of a migration declares: `-- plumbline: <verb> [object] [because <reason>]` (pure). A comment
 * that starts so and is malformed is an error: it would silently declare nothing.
 */
import { HarnessError } from "../errors.ts";
import { suggest } from "../text/suggest.ts";
import type { Parser } from "./parser.ts";
import type { Step } from "./release.ts";

export const VERBS = ["assume", "old-code-gone", "irreversible", "deletes", "also-changes", "allow"] as const;
export type Verb = (typeof VERBS)[number];

export interface AuthorDeclaration {
  readonly verb: Verb;
  /** The table, column or other object that it is about: empty for `irreversible`, and for an `allow` of all objects. */
  readonly object: string;
  /** Of `assume` and `deletes`: the SQL condition of the rows. */
  readonly condition?: string;
  /** Of `allow`: the rule, such as `keeps.4`, or its family. */
  readonly rule?: string;
  readonly reason?: string;
  readonly file: string;
  readonly line: number;
  /** The comment as written, from the dashes on. */
  readonly text: string;
}

/** The forms that the remedies show. */
const FORMS: Readonly<Record<Verb, string>> = {
  assume: "-- plumbline: assume users: email IS NOT NULL",
  "old-code-gone": "-- plumbline: old-code-gone users.nick because unused since 2.3",
  irreversible: "-- plumbline: irreversible because the old values are of no use",
  deletes: "-- plumbline: deletes builds where build_time IS NULL because they were never started",
  "also-changes": "-- plumbline: also-changes versions.updated_at because every version counts as changed",
  allow: "-- plumbline: allow keeps.4 public.report because no other role reads it",
};

/** A name of SQL: `a`, `a.b.c`, `"A b".c`, `f(integer, text)`. */
const OBJECT = /^(?:"(?:[^"]|"")+"|[^\s".:()]+)(?:\.(?:"(?:[^"]|"")+"|[^\s".:()]+))*(?:\([^()]*\))?$/;

/** Whether a comment may name it: a statement or a file has no name. */
export function isObjectName(subject: string): boolean {
  return OBJECT.test(subject);
}

/**
 * Lists the declarations of a file in order.
 * @param rules the ids of the rules that `allow` may name
 * @throws HarnessError with `file:line` for an unknown verb or rule, a missing reason, and what does not fit the verb
 */
export function parseDeclarations(
  { source, file }: Pick<Step, "source" | "file">,
  rules: readonly string[],
  parser: Parser,
): readonly AuthorDeclaration[] {
  return source.split("\n").flatMap((content, index) => {
    const comment = findComment(content);

    return comment === undefined ? [] : [parseDeclaration(comment, { file, line: index + 1 }, rules, parser)];
  });
}

/** The comment of a line; dashes within a string are none. */
function findComment(line: string): string | undefined {
  const found = /--\s*plumbline\s*:/i.exec(line);
  if (found === null) return undefined;

  return isWithinString(line, found.index) ? undefined : line.slice(found.index).trimEnd();
}

interface Place {
  readonly file: string;
  readonly line: number;
}

function parseDeclaration(text: string, place: Place, rules: readonly string[], parser: Parser): AuthorDeclaration {
  const { file, line } = place;
  const said = text.replace(/^--\s*plumbline\s*:\s*/i, "");
  const [word = ""] = said.split(/\s/);
  const verb = VERBS.find((each) => each === word);
  if (verb === undefined) throw createVerbError(word, place);
  const rest = said.slice(word.length).trim();
  const fail = (problem: string) =>
    new HarnessError(`${file}:${line}: ${problem} in: ${text}`, `Write it as in ${FORMS[verb]}`);
  const { before, reason } = splitReason(rest);
  if (reason === undefined && verb !== "assume") throw fail("the reason is missing");
  const subject = parseSubject(verb, before, rules, fail);
  if (subject.condition !== undefined && !isCondition(subject.condition, parser)) {
    throw fail("the condition is no expression of SQL");
  }

  return { verb, file, line, text, ...subject, ...(reason === undefined ? {} : { reason }) };
}

function isCondition(condition: string, parser: Parser): boolean {
  const parsed = parser.parse(`SELECT WHERE ${condition}`);

  return "statements" in parsed && parsed.statements.length === 1;
}

function parseSubject(
  verb: Verb,
  subject: string,
  rules: readonly string[],
  fail: (problem: string) => HarnessError,
): Pick<AuthorDeclaration, "object" | "condition" | "rule"> {
  if (verb === "assume") {
    const [, object = "", condition = ""] = /^(.*?)\s*:(?!:)\s*(.*)$/.exec(subject) ?? [];
    if (!isObjectName(object) || condition === "") throw fail("a table and a condition are missing");

    return { object, condition };
  }
  if (verb === "irreversible") {
    if (subject !== "") throw fail("it takes no object, and it has one");

    return { object: "" };
  }
  if (verb === "allow") {
    const [rule = "", ...words] = subject.split(/\s+/);
    const object = words.join(" ");
    if (!rules.includes(rule)) throw fail(`there is no rule ${JSON.stringify(rule)}${formatSuggestion(rule, rules)}`);
    if (object !== "" && !isObjectName(object)) throw fail(`${JSON.stringify(object)} is no name of an object`);

    return { rule, object };
  }
  const [, object = "", condition] = /^(.*?)(?:\s+where\s+(.*))?$/i.exec(subject) ?? [];
  if (object === "") throw fail("the object is missing");
  if (!isObjectName(object)) throw fail(`${JSON.stringify(object)} is no name of an object`);
  if (condition !== undefined && verb !== "deletes") throw fail("it takes no condition, and it has one");

  return { object, ...(condition === undefined ? {} : { condition }) };
}

/** The first `because` outside of a string begins the reason. One of dots is the one that was never written. */
function splitReason(rest: string): { readonly before: string; readonly reason?: string } {
  const found = [...rest.matchAll(/(?<!\S)because(?!\S)/gi)].find(({ index }) => !isWithinString(rest, index));
  if (found === undefined) return { before: rest };
  const before = rest.slice(0, found.index).trim();
  const reason = rest.slice(found.index + "because".length).trim();

  return /[\p{L}\p{N}]/u.test(reason) && !/^<.*>$/.test(reason) ? { before, reason } : { before };
}

function isWithinString(text: string, index: number): boolean {
  return text.slice(0, index).split("'").length % 2 === 0;
}

function createVerbError(word: string, { file, line }: Place): HarnessError {
  const problem = word === "" ? "the verb is missing" : `there is no verb ${JSON.stringify(word)}`;

  return new HarnessError(
    `${file}:${line}: ${problem} after "-- plumbline:"${formatSuggestion(word, VERBS)}`,
    `Choose from ${VERBS.join(", ")}; begin the comment with another word if it declares nothing`,
  );
}

function formatSuggestion(word: string, known: readonly string[]): string {
  const similar = suggest(word, known);

  return similar === undefined ? "" : `; did you mean ${similar}?`;
}
