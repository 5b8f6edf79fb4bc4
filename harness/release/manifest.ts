/**
 * Defines what `release.json` may contain. Unknown keys are errors: a mistyped key would be a missing list, whose rules
 * are silently unknown.
 */
import * as v from "valibot";
import { parseJson } from "./read-json.ts";
import { isObject, strictObject, validate } from "./validate.ts";

const path = v.pipe(v.string("the path of a file"), v.nonEmpty("the path of a file"));
const list = v.array(path, "a list of paths");
const filledList = v.pipe(v.array(path, "a list of at least one path"), v.nonEmpty("a list of at least one path"));

/** Reports and scripts are named after the release. */
const NAME_FORM =
  "a name of at most 100 letters, digits, dots, dashes and underscores that begins and ends with a letter or a digit";
const name = v.pipe(v.string(NAME_FORM), v.regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$/, NAME_FORM));

const rollbackObject = strictObject(
  { steps: list, restores: v.exactOptional(v.boolean("true or false"), true) },
  "an object",
);
const rollbackList = v.pipe(
  v.array(path, "a list of paths, or an object with steps and restores"),
  v.transform((steps) => ({ steps, restores: true })),
);
const rollback = v.lazy((input) => (isObject(input) ? rollbackObject : rollbackList));
const rollbacks = { emergency: v.exactOptional(rollback), controlled: v.exactOptional(rollback) };

const schema = strictObject(
  {
    name,
    baseline: filledList,
    properties: v.exactOptional(path),
    analyse: v.exactOptional(list),
    migrate: filledList,
    verify: v.exactOptional(list),
    exercise: v.exactOptional(list),
    rollback: v.exactOptional(strictObject(rollbacks, "an object with the lists emergency and controlled")),
    verifyRollback: v.exactOptional(list),
    findings: v.exactOptional(path),
  },
  "an object",
);

/** `release.json` with paths relative to its folder. */
export type ReleaseManifest = v.InferOutput<typeof schema>;

/**
 * Parses the text of a `release.json`.
 * @throws HarnessError that begins with `file`
 */
export function parseReleaseManifest(text: string, file: string): ReleaseManifest {
  return validate(schema, parseJson(text, file), file);
}
