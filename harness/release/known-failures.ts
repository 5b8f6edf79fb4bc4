/**
 * Reads which properties a release is known to violate, and why. Unknown keys are errors, as in `release.json`: a
 * mistyped entry would silently excuse nothing.
 */
import * as v from "valibot";
import { HarnessError } from "../errors.ts";
import { suggest } from "../text/suggest.ts";
import { parseJson } from "./read-json.ts";
import { type ReadPurpose, readText } from "./read-text.ts";
import type { KnownFailure } from "./release.ts";
import { strictObject, validate } from "./validate.ts";

const ID_FORM = 'the id of a property, such as "C3"';
const KIND_FORM = 'a kind that --kinds lists, such as "returns-false", or "*" for all';
const REASON_FORM = "a sentence with the reason";

const schema = v.array(
  strictObject(
    {
      property: v.pipe(v.string(ID_FORM), v.regex(/^\S+$/, ID_FORM)),
      kind: v.optional(v.pipe(v.string(KIND_FORM), v.regex(/^(?:[a-z0-9_]+(?:-[a-z0-9_]+)*|\*)$/, KIND_FORM))),
      because: v.pipe(v.string(REASON_FORM), v.regex(/\S/, REASON_FORM)),
    },
    "an object with a property, a kind and a because",
  ),
  "a list of findings",
);

const ownPurpose: ReadPurpose = {
  clause: "where the known failures should be",
  remedy: "Write the file, or correct its path",
};

/**
 * Reads the known failures of a file, in its order.
 * @throws HarnessError that begins with `file`: it cannot be read, is malformed, names a kind of a property twice, or
 * has an entry without a kind beside another one of its property
 */
export async function readKnownFailures(file: string, purpose = ownPurpose): Promise<readonly KnownFailure[]> {
  const failures = validate(schema, parseJson(await readText(file, purpose), file), file);
  for (const [index, { property, kind }] of failures.entries()) {
    const earlier = failures.slice(0, index).filter((other) => other.property === property);
    if (earlier.some((other) => other.kind === kind)) {
      const what = kind === undefined ? `the property ${property}` : `the kind ${kind} of the property ${property}`;
      throw new HarnessError(`${file}: ${what} is there twice`, "Join its entries into one");
    }
    if (kind === undefined ? earlier.length > 0 : earlier.some((other) => other.kind === undefined)) {
      throw new HarnessError(
        `${file}: one entry of the property ${property} names no kind, and another does`,
        "Give each entry its kind: verify --kinds lists them",
      );
    }
  }

  return failures.map(({ kind, ...failure }) => (kind === undefined ? failure : { ...failure, kind }));
}

/** Creates the error for known failures whose property does not exist; undefined if there are none. */
export function createUnknownPropertyError(
  file: string,
  failures: readonly KnownFailure[],
  knownIds: Iterable<string>,
): HarnessError | undefined {
  const known = [...knownIds];
  const ids = failures.map(({ property }) => property).filter((id) => !known.includes(id));
  const [first] = ids;
  if (first === undefined) return undefined;
  const suggestion = suggest(first, known);
  const problem = ids.length === 1 ? `there is no property ${first}` : `there are no properties ${ids.join(", ")}`;

  return new HarnessError(
    `${file}: ${problem}`,
    ids.length === 1 && suggestion !== undefined
      ? `Write "${suggestion}", or remove the entry`
      : "Correct or remove what names them",
  );
}
