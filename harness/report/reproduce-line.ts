/**
 * A failure that cannot be repeated is a rumour: every telling carries the one command that finds it again.
 */
import { isAbsolute, relative, sep } from "node:path";
import type { PropertyResult, RunResult } from "../property/verdict.ts";

/** What a telling refers to beside the results themselves. */
export interface References {
  /** The folder in which the reader will run the commands, absolute. */
  readonly cwd: string;
  /** Where the script of a violation was written, relative to `cwd`. */
  readonly scripts: ReadonlyMap<PropertyResult, string>;
  /**
   * The options of this run that are not the defaults, `--release`, `--only` and `--seed` left out: such as
   * `["--runs", "1000"]`. They are told to everyone who reads the report, so no password may be among them.
   */
  readonly options?: readonly string[];
}

/** The command that checks one property on one release with the same cases. */
export function formatReproduceCommand(
  folder: string,
  result: PropertyResult,
  references: References,
): string {
  return commandOf(
    ["--release", displayPath(folder, references.cwd), "--only", result.id, "--seed", String(result.seed)],
    references,
  );
}

/** The command that checks the same properties on the same releases with the cases of this seed. */
export function formatRunCommand(
  { releases, only }: RunResult,
  seed: number,
  references: References,
): string {
  const folders = releases.flatMap(({ folder }) => ["--release", displayPath(folder, references.cwd)]);
  const chosen = only === undefined ? [] : ["--only", only.join(",")];

  return commandOf([...folders, ...chosen, "--seed", String(seed)], references);
}

function commandOf(options: readonly string[], references: References): string {
  return ["npx", "plumbline", "verify", ...options, ...(references.options ?? [])]
    .map(quoteShellWord)
    .join(" ");
}

/** Relative to the folder the reader is in where it lies below it, otherwise absolute; with forward slashes. */
export function displayPath(path: string, cwd: string): string {
  const inside = relative(cwd, path);
  const below = inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);

  return (below ? inside || "." : path).split(sep).join("/");
}

/** The text as one word for a POSIX shell. */
export function quoteShellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
