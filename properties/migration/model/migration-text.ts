/** Reads the text of a migration (pure). */
import type { Release, Step } from "../../../harness/release/release.ts";

/** The migration and its rollbacks. */
export function joinSources({ lists }: Release): string {
  const steps = Object.entries(lists).flatMap(([name, list]) =>
    name === "migrate" || name.startsWith("rollback.") ? (list ?? []) : [],
  );

  return steps.map(({ source }) => source).join("\n");
}

/** String literals of the migration: values that it may look for. */
export function findTexts(steps: readonly Step[]): readonly string[] {
  const texts = steps.flatMap(({ statements }) =>
    statements.flatMap(({ kind, text }) =>
      kind === "meta"
        ? []
        : [...text.replace(/--.*$/gm, "").matchAll(/'((?:[^']|''){1,60})'/g)].map(([, found = ""]) =>
            found.replaceAll("''", "'"),
          ),
    ),
  );

  return [...new Set(texts)].slice(0, 20);
}

/** Longer texts than these are not tried. */
const LENGTH_MAX = 10_000;
const LENGTHS_MAX = 12;

/** Whole numbers of the migration that may limit a text, such as those of `varchar(20)` and `length(code) <= 20`. */
export function findLengths(steps: readonly Step[]): readonly number[] {
  const numbers = steps.flatMap(({ statements }) =>
    statements.flatMap(({ kind, text }) =>
      kind === "meta" ? [] : [...text.replace(/--.*$/gm, "").matchAll(/(?<![\w.'-])\d{1,5}(?![\w.'-])/g)].map(Number),
    ),
  );

  return [...new Set(numbers)].filter((number) => number > 1 && number <= LENGTH_MAX).slice(0, LENGTHS_MAX);
}
