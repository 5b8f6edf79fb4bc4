/**
 * The ledger says which properties a release is known to break, and why. It is read as strictly as `release.json`: an
 * entry that names nothing would excuse nothing, and nobody would notice.
 */
import * as v from "valibot";
import { HarnessError } from "../errors.ts";
import { suggest } from "../text/suggest.ts";
import { parseJson } from "./read-json.ts";
import { type ReadPurpose, readText } from "./read-text.ts";
import type { KnownFailure } from "./release.ts";
import { strictObject, validate } from "./validate.ts";

const idWanted = 'the id of a property, such as "C3"';
const reasonWanted = "a sentence that says why";

const schema = v.array(
  strictObject(
    {
      property: v.pipe(v.string(idWanted), v.regex(/^\S+$/, idWanted)),
      because: v.pipe(v.string(reasonWanted), v.regex(/\S/, reasonWanted)),
    },
    "an object with a property and a because",
  ),
  "a list of findings",
);

const ownErrand: ReadPurpose = {
  clause: "where a ledger should be",
  remedy: "Write the ledger, or correct its path",
};

/**
 * The findings in a ledger, in its order.
 * @throws HarnessError that begins with `file`: it cannot be read, is malformed, or names a property twice
 */
export async function readKnownFailures(file: string, errand = ownErrand): Promise<readonly KnownFailure[]> {
  const findings = validate(schema, parseJson(await readText(file, errand), file), file);
  const doubled = findings.find(
    ({ property }, index) => findings.findIndex((f) => f.property === property) < index,
  );

  if (doubled !== undefined) {
    throw new HarnessError(
      `${file}: the property ${doubled.property} is there twice`,
      "Join its entries into one",
    );
  }

  return findings;
}

/** The findings whose property does not exist. */
export function findUnknownProperties(
  findings: readonly KnownFailure[],
  knownIds: Iterable<string>,
): readonly KnownFailure[] {
  const known = new Set(knownIds);

  return findings.filter(({ property }) => !known.has(property));
}

/** What to throw where a ledger names properties that do not exist; undefined where it names none. */
export function createUnknownPropertyError(
  file: string,
  findings: readonly KnownFailure[],
  knownIds: Iterable<string>,
): HarnessError | undefined {
  const known = [...knownIds];
  const ids = findUnknownProperties(findings, known).map(({ property }) => property);
  const [first] = ids;

  if (first === undefined) return undefined;

  const meant = suggest(first, known);
  const wrong =
    ids.length === 1 ? `there is no property ${first}` : `there are no properties ${ids.join(", ")}`;

  return new HarnessError(
    `${file}: ${wrong}`,
    ids.length === 1 && meant !== undefined
      ? `Write "${meant}", or remove the entry`
      : "Correct or remove what names them",
  );
}
