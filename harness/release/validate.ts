/**
 * Validates values, and reports the first problem as one HarnessError. The message of a schema is what it expects ("a
 * list of at least one path"), so that one phrase serves both the problem and its remedy.
 */
import * as v from "valibot";
import { HarnessError } from "../errors.ts";
import { suggest } from "../text/suggest.ts";

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object with these keys and no others. Valibot's own accepts a list. */
export function strictObject<Entries extends v.ObjectEntries>(entries: Entries, expected: string) {
  return v.pipe(
    v.custom<object>(isObject, expected),
    v.strictObject(entries, (issue) => describeKeyIssue(issue, entries)),
  );
}

/**
 * Parses the value by the schema.
 * @throws HarnessError that begins with `file` and names the first problem; an unknown key comes first, because a
 *   mistyped key is also a missing one
 */
export function validate<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  file: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);

  if (result.success) return result.output;

  const issue = result.issues.find(({ expected }) => expected === "never") ?? result.issues[0];
  const { subject, parent } = describeSubject(issue);

  if (issue.type === "strict_object") {
    const [problem, remedy] = issue.message.split("\n");

    throw new HarnessError(`${file}: ${problem ?? ""}${parent}`, remedy ?? "");
  }

  throw new HarnessError(
    `${file}: ${subject} is not ${issue.message}: ${describeValue(issue.input)}`,
    `Write ${subject} as ${issue.message}`,
  );
}

/** The problem of an unknown or missing key, and its remedy, a line each. */
function describeKeyIssue(issue: v.StrictObjectIssue, entries: v.ObjectEntries): string {
  if (issue.expected !== "never") return `the key ${issue.expected} is missing\nAdd the key ${issue.expected}`;

  const key = String(issue.path?.at(-1)?.key);
  const known = Object.keys(entries);
  const suggestion = suggest(key, known);
  const advice = suggestion === undefined ? "Use one of the known keys" : `Write "${suggestion}"`;

  return `the key ${JSON.stringify(key)} is not known\n${advice}; the known keys are ${known.join(", ")}`;
}

/** The value of an issue, as in `"baseline"[1]`, and the object that holds it: ` in "rollback"`. */
function describeSubject(issue: v.BaseIssue<unknown>): { readonly subject: string; readonly parent: string } {
  const path = (issue.path ?? []).map(({ key }) => (typeof key === "number" ? `[${key}]` : JSON.stringify(key)));
  const join = (parts: readonly string[]) => parts.join(".").replaceAll(".[", "[");
  const parent = join(path.slice(0, -1));

  return { subject: path.length === 0 ? "the file" : join(path), parent: parent === "" ? "" : ` in ${parent}` };
}

/** JSON as far as a value has it; of a TypeScript file it may be anything. */
function describeValue(input: unknown): string {
  if (typeof input === "function") return "a function";
  if (typeof input === "bigint") return `${input}n`;
  const name = isObject(input) ? (input.constructor?.name ?? "Object") : "Object";
  if (name !== "Object") return `an instance of ${name}`;
  const text = JSON.stringify(input) ?? "nothing";

  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
