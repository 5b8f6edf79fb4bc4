/**
 * What a schema has against a value, told as one HarnessError. The message of a schema here is what it wants ("a list
 * of at least one path"), so that one phrase serves the sentence of what is wrong and the one of what to do.
 */
import * as v from "valibot";
import { HarnessError } from "../errors.ts";
import { suggest } from "../text/suggest.ts";

/** An object with these keys and no others. Valibot's own takes a list for an object. */
export function strictObject<Entries extends v.ObjectEntries>(entries: Entries, wanted: string) {
  const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

  return v.pipe(
    v.custom<object>(isObject, wanted),
    v.strictObject(entries, (issue) => keyProblem(issue, entries)),
  );
}

/**
 * The value as the schema has it.
 * @throws HarnessError that begins with `file` and names the first thing wrong; a key that is not known goes first,
 *   because one that is mistyped is also one that is missing
 */
export function validate<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  file: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);

  if (result.success) return result.output;

  const issue = result.issues.find(({ expected }) => expected === "never") ?? result.issues[0];
  const subject = subjectOf(issue);

  if (issue.type === "strict_object") {
    const [wrong, remedy] = issue.message.split("\n");

    throw new HarnessError(`${file}: ${wrong ?? ""}${subject.within}`, remedy ?? "");
  }

  throw new HarnessError(
    `${file}: ${subject.whole} is not ${issue.message}: ${shown(issue.input)}`,
    `Write ${subject.whole} as ${issue.message}`,
  );
}

/** Of a key too many or too few: what is wrong and what to do, a line each. */
function keyProblem(issue: v.StrictObjectIssue, entries: v.ObjectEntries): string {
  if (issue.expected !== "never")
    return `the key ${issue.expected} is missing\nAdd the key ${issue.expected}`;

  const key = String(issue.path?.at(-1)?.key);
  const known = Object.keys(entries);
  const meant = suggest(key, known);
  const advice = meant === undefined ? "Use one of the known keys" : `Write "${meant}"`;

  return `the key ${JSON.stringify(key)} is not known\n${advice}; the known keys are ${known.join(", ")}`;
}

/** What an issue is about, in the reader's words: `"baseline"[1]`, and the object around it: ` in "rollback"`. */
function subjectOf(issue: v.BaseIssue<unknown>): { readonly whole: string; readonly within: string } {
  const path = (issue.path ?? []).map(({ key }) =>
    typeof key === "number" ? `[${key}]` : JSON.stringify(key),
  );
  const join = (parts: readonly string[]) => parts.join(".").replaceAll(".[", "[");
  const around = join(path.slice(0, -1));

  return { whole: path.length === 0 ? "the file" : join(path), within: around === "" ? "" : ` in ${around}` };
}

function shown(input: unknown): string {
  const text = JSON.stringify(input) ?? "nothing";

  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
