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
