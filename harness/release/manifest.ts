/**
 * What `release.json` may say. It is read strictly: a mistyped key would be a list that is missing, and the rules about
 * it would be unknown without anybody having wanted that.
 */
import * as v from "valibot";
import { parseJson } from "./read-json.ts";
import { strictObject, validate } from "./validate.ts";

const path = v.pipe(v.string("the path of a file"), v.nonEmpty("the path of a file"));
const list = v.array(path, "a list of paths");
const filledList = v.pipe(
  v.array(path, "a list of at least one path"),
  v.nonEmpty("a list of at least one path"),
);

/** Reports and scripts are named after the release. */
const fitForFileNames =
  "a name of at most 100 letters, digits, dots, dashes and underscores that begins and ends with a letter or a digit";
const name = v.pipe(
  v.string(fitForFileNames),
  v.regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$/, fitForFileNames),
);

const rollback = { emergency: v.exactOptional(list), controlled: v.exactOptional(list) };

const schema = strictObject(
  {
    name,
    baseline: filledList,
    properties: v.exactOptional(path),
    analyse: v.exactOptional(list),
    migrate: filledList,
    verify: v.exactOptional(list),
    exercise: v.exactOptional(list),
    rollback: v.exactOptional(strictObject(rollback, "an object with the lists emergency and controlled")),
    verifyRollback: v.exactOptional(list),
    findings: v.exactOptional(path),
  },
  "an object",
);

/** `release.json` as it stands: paths are relative to its folder. */
export type ReleaseManifest = v.InferOutput<typeof schema>;

/**
 * Reads the text of a `release.json`.
 * @param file how errors name it
 * @throws HarnessError that begins with `file`
 */
export function parseReleaseManifest(text: string, file: string): ReleaseManifest {
  return validate(schema, parseJson(text, file), file);
}
