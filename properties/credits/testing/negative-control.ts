/**
 * Builds the negative control of a script (pure): the same script with the files of another release. Where that release
 * keeps the rule, it must not show the violation.
 */
import { getListNames, listSteps } from "../../../harness/release/lists.ts";
import type { Release, Step } from "../../../harness/release/release.ts";
import { type ScriptPart, toReproducingPart, toScriptPart } from "../../../harness/release/script-part.ts";

const SHOWS = /^reproduces the violation: /;

/** Undefined where no whole file in the script is the release's, or one is cut where the other release differs. */
export function buildNegativeControl(script: readonly ScriptPart[], other: Release): readonly ScriptPart[] | undefined {
  const steps = listSteps(other, getListNames(other)).map(({ step }) => step);
  const parts: ScriptPart[] = [];
  let replaced = 0;

  for (const [index, part] of script.entries()) {
    const paths = findPaths(part);
    const found = paths.flatMap((path) => steps.find((step) => step.path === path) ?? []);
    const next = script[index + 1];
    if (paths.length !== found.length) {
      return undefined;
    }
    // A file that is cut at the statement that shows the violation is whole again.
    const continues = / the first \d+ of /.test(part.title) && next !== undefined && findPaths(next)[0] === paths[0];
    if (!continues) {
      parts.push(replacePart(part, found));
      replaced += found.filter((step) => !other.lists.baseline.includes(step)).length;
    }
  }

  return replaced === 0 ? undefined : parts;
}

function replacePart(part: ScriptPart, steps: readonly Step[]): ScriptPart {
  const [first] = steps;
  if (first === undefined) {
    return part;
  }

  return SHOWS.test(part.title) ? toReproducingPart(steps) : toScriptPart(first);
}

/** The files whose statements the part has. */
function findPaths({ title, isFromRelease: ofRelease }: ScriptPart): readonly string[] {
  const shown = SHOWS.test(title) ? /: (.*\.sql), line \d+$/.exec(title)?.[1] : undefined;
  if (shown !== undefined) {
    return [shown];
  }

  return ofRelease === true
    ? title
        .replace(SHOWS, "")
        .replace(/, the first \d+ of \d+ statements$/, "")
        .split(", ")
    : [];
}
