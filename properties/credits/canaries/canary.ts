/**
 * A canary is a small wrong release: the one that should ship, with a few words of it replaced. The property that it
 * names must detect it. Only properties without other standing evidence need one; canaries.test.ts says which those are.
 */
import assert from "node:assert";
import { listSteps, replaceStep } from "../../../harness/release/lists.ts";
import type { Release } from "../../../harness/release/release.ts";
import { splitStatements } from "../../../harness/release/split-statements.ts";

/** A change to one file of a release. */
export interface CanaryEdit {
  readonly file: string;
  readonly change: (source: string) => string;
}

export interface Canary {
  /** The id of the property that must detect it. */
  readonly property: string;
  /** What is wrong with the release, as a clause. */
  readonly wrong: string;
  readonly edits: readonly CanaryEdit[];
}

export function canary(property: string, wrong: string, ...edits: readonly CanaryEdit[]): Canary {
  return { property, wrong, edits };
}

/** Replaces a text that occurs exactly once. */
export function replace(file: string, text: string, replacement: string): CanaryEdit {
  return {
    file,
    change(source) {
      const count = source.split(text).length - 1;
      assert(count === 1, `${file} has ${count} times, and not once: ${text}`);

      return source.replace(text, () => replacement);
    },
  };
}

/** Adds statements at the end of the file. */
export function append(file: string, sql: string): CanaryEdit {
  return { file, change: (source) => `${source}\n${sql}\n` };
}

/** Replaces the whole file. */
export function rewrite(file: string, sql: string): CanaryEdit {
  return { file, change: () => sql };
}

/**
 * The release with the canary's edits.
 * @throws AssertionError where an edit names no file of the release, or changes nothing
 */
export async function applyCanary({ wrong, edits }: Canary, release: Release): Promise<Release> {
  let edited = release;

  for (const { file, change } of edits) {
    const step = listSteps(edited).find((listed) => listed.step.path === file)?.step;
    assert(step !== undefined, `The release has no file ${file}`);
    const source = change(step.source);
    assert(source !== step.source, `The edit changes nothing in ${file}`);
    edited = replaceStep(edited, { ...step, source, statements: await splitStatements(source, step.file) });
  }

  return { ...edited, name: `${release.name}, but ${wrong}`, knownFailures: [] };
}
