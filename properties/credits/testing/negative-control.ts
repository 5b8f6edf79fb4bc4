/**
 * The script of a violation with the files of another release in the place of its own (pure): where the other release
 * keeps the rule, it must not show the fault.
 */

import type { Release, Step } from "../../../harness/release/release.ts";
import type { ScriptPart } from "../../../harness/release/script-part.ts";
import { partOf, showingPart } from "../../../harness/release/script-part.ts";

/**
 * @returns undefined where no whole file in the script is the release's, or where one is cut into more than the other release
 * can take the place of: at a statement that is struck
 */
export function counterProof(
  script: readonly ScriptPart[],
  other: Release,
): readonly ScriptPart[] | undefined {
  const steps = new Map(stepsOf(other).map((step) => [step.path, step]));
  const parts: ScriptPart[] = [];
  let replaced = 0;

  for (const [index, part] of script.entries()) {
    const paths = pathsOf(part);
    const found = paths.flatMap((path) => steps.get(path) ?? []);
    const next = script[index + 1];
    if (paths.length !== found.length) {
      return undefined;
    }
    // A file that is cut at the statement that shows the fault is one file again.
    const goesOn =
      / the first \d+ of /.test(part.title) && next !== undefined && pathsOf(next)[0] === paths[0];
    if (!goesOn) {
      parts.push(found.length === 0 ? part : replacementOf(part, found));
      replaced += found.filter((step) => !other.baseline.includes(step)).length;
    }
  }

  return replaced === 0 ? undefined : parts;
}

function replacementOf({ title }: ScriptPart, steps: readonly Step[]): ScriptPart {
  const [first] = steps;

  return title.startsWith("what shows it") || first === undefined ? showingPart(steps) : partOf(first);
}

/** The files whose statements the part holds. */
function pathsOf({ title, ofRelease }: ScriptPart): readonly string[] {
  const shown = /^what shows it: (.*\.sql), line \d+$/.exec(title)?.[1];
  if (shown !== undefined) {
    return [shown];
  }

  return ofRelease === true
    ? title
        .replace(/^what shows it: /, "")
        .replace(/, the first \d+ of \d+ statements$/, "")
        .split(", ")
    : [];
}

function stepsOf(release: Release): readonly Step[] {
  const { baseline, analyse, migrate, verify, exercise, rollback, verifyRollback } = release;

  return [
    baseline,
    analyse,
    migrate,
    verify,
    exercise,
    rollback?.emergency,
    rollback?.controlled,
    verifyRollback,
  ].flatMap((steps) => steps ?? []);
}
