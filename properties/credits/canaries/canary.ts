/**
 * A canary is a small wrong release: the one that should ship, with a few words of it replaced. A property that does not
 * notice it proves nothing, so every property is named by at least one canary that it must catch.
 */
import assert from "node:assert";
import type { Release, Step } from "../../../harness/release/release.ts";
import { cut } from "../../../harness/release/split-statements.ts";

/** A change to one file of a release. */
export type Edit =
  /** The text that is replaced stands in the file exactly once. */
  | { readonly file: string; readonly replace: string; readonly by: string }
  /** Statements at the end of the file. */
  | { readonly file: string; readonly append: string }
  /** A file of another text altogether. */
  | { readonly file: string; readonly text: string };

export interface Canary {
  /** The id of the property that must catch it. */
  readonly property: string;
  /** What is wrong with the release, as a clause. */
  readonly wrong: string;
  readonly edits: readonly Edit[];
}

export function canary(property: string, wrong: string, ...edits: readonly Edit[]): Canary {
  return { property, wrong, edits };
}

/**
 * The release with the canary's edits, cut anew.
 * @throws AssertionError where an edit names no file of the release, or would change nothing
 */
export async function releaseOf({ wrong, edits }: Canary, release: Release): Promise<Release> {
  const untouched = new Set(edits.map(({ file }) => file));
  assert(untouched.size > 0, `The canary changes nothing: ${wrong}`);

  const edited = async (steps: readonly Step[]): Promise<Step[]> => {
    const changed: Step[] = [];
    for (const step of steps) {
      const mine = edits.filter(({ file }) => file === step.path);
      changed.push(mine.length === 0 ? step : await editedStep(step, mine));
      untouched.delete(step.path);
    }

    return changed;
  };
  const { analyse, verify, exercise, rollback, verifyRollback } = release;
  const made: Release = {
    ...release,
    name: `${release.name}, but ${wrong}`,
    findings: [],
    baseline: await edited(release.baseline),
    migrate: await edited(release.migrate),
    ...(analyse && { analyse: await edited(analyse) }),
    ...(verify && { verify: await edited(verify) }),
    ...(exercise && { exercise: await edited(exercise) }),
    ...(rollback && {
      rollback: {
        ...(rollback.emergency && { emergency: await edited(rollback.emergency) }),
        ...(rollback.controlled && { controlled: await edited(rollback.controlled) }),
      },
    }),
    ...(verifyRollback && { verifyRollback: await edited(verifyRollback) }),
  };
  assert(untouched.size === 0, `The release has no file ${[...untouched].join(", ")}`);

  return made;
}

async function editedStep(step: Step, edits: readonly Edit[]): Promise<Step> {
  const source = edits.reduce(edited, step.source);

  return { ...step, source, statements: await cut(source, step.file) };
}

function edited(source: string, edit: Edit): string {
  const changed = changedBy(source, edit);
  assert(changed !== source, `The edit changes nothing in ${edit.file}`);

  return changed;
}

function changedBy(source: string, edit: Edit): string {
  if ("text" in edit) {
    return edit.text;
  }
  if ("append" in edit) {
    return `${source}\n${edit.append}\n`;
  }
  const times = source.split(edit.replace).length - 1;
  assert(times === 1, `${edit.file} has ${times} times, and not once: ${edit.replace}`);

  return source.replace(edit.replace, () => edit.by);
}
