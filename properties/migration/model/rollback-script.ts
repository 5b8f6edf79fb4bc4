/** Makes the parts of a script that come after the rows, up to what a rollback did wrong (pure). */
import { type CatalogDifference, describeDifferences } from "../../../harness/catalog/difference.ts";
import { formatInspection } from "../../../harness/catalog/inspection.ts";
import { differenceEvidence } from "../../../harness/property/difference-evidence.ts";
import { describeFailedStatement } from "../../../harness/release/apply.ts";
import type { RollbackName, Step } from "../../../harness/release/release.ts";
import {
  type ScriptPart,
  terminateStatement,
  toPartsUpTo,
  toScriptParts,
} from "../../../harness/release/script-part.ts";
import type { Failure } from "../apply-within.ts";
import type { Finding } from "../finding.ts";

/** What was applied before: files, or statements of the harness's own. */
export type Applied = readonly Step[] | ScriptPart;

/** `down`, or `the emergency rollback`. */
export function describeRollback(name: RollbackName): string {
  return name === "rollback.down" ? "down" : `the ${name.slice("rollback.".length)} rollback`;
}

/** What a finding says of a statement that failed, after other files. */
export function failureDetails(
  before: readonly Applied[],
  steps: readonly Step[],
  failure: Failure,
): Pick<Finding, "got" | "parts" | "evidence"> {
  const { step, statement, error } = failure;
  const earlier = steps.slice(0, steps.indexOf(step));

  return {
    got: describeFailedStatement(failure),
    parts: [...toParts([...before, earlier]), ...toPartsUpTo(step, statement)],
    evidence: { shows: "error", message: error.message, sqlstate: error.code },
  };
}

/** What a finding says of differences, of which the first is shown by a query after the files. */
export function differenceDetails(
  before: readonly Applied[],
  differences: readonly [CatalogDifference, ...CatalogDifference[]],
): Pick<Finding, "got" | "parts" | "evidence"> {
  const [first] = differences;

  return {
    got: describeDifferences(differences, DESCRIBED_MAX),
    parts: [
      ...toParts(before),
      { title: "reproduces the violation", sql: terminateStatement(formatInspection(first)) },
    ],
    evidence: differenceEvidence(first),
  };
}

const DESCRIBED_MAX = 5;

function toParts(applied: readonly Applied[]): readonly ScriptPart[] {
  return applied.flatMap((each) => ("sql" in each ? [each] : toScriptParts(each)));
}
