/**
 * Formats the commands that repeat a run or the check of one property.
 */
import { isAbsolute, relative, sep } from "node:path";
import type { KindResult, PropertyResult, ReleaseResult, RunResult } from "../property/verdict.ts";

/** The path of the script of each kind of violation, and of a result that of its first. */
export type Scripts = ReadonlyMap<PropertyResult | KindResult, string>;

export interface References {
  readonly cwd: string;
  /** Relative to `cwd`. */
  readonly scripts: Scripts;
  /**
   * The options of this run that are not the defaults, such as `["--runs", "1000"]`, without `--release`, `--only` and
   * `--seed`. Every reader of the report sees them: no password may be among them.
   */
  readonly options?: readonly string[];
  /** The options that selected migrations, such as `["--last", "3"]`. */
  readonly selection?: readonly string[];
  /** Whether the run was of all releases that are verified by default. */
  readonly isDefaultReleases?: boolean;
}

/** The command that checks one property on one release, or on one migration, with the same cases. */
export function formatReproduceCommand(
  release: Pick<ReleaseResult, "folder" | "migration">,
  result: PropertyResult,
  references: References,
): string {
  return formatCommand(
    [...nameRelease(release, references.cwd), "--only", result.id, "--seed", String(result.seed)],
    references,
  );
}

function nameRelease({ folder, migration }: Pick<ReleaseResult, "folder" | "migration">, cwd: string): string[] {
  const path = displayPath(folder, cwd);

  return migration === undefined ? ["--release", path] : [path, "--migration", migration];
}

export function formatRunCommand({ releases, only, seed }: RunResult, references: References): string {
  const words = releases.flatMap(({ folder, migration }) => {
    const path = displayPath(folder, references.cwd);

    return [migration === undefined ? `--release\0${path}` : path];
  });
  const folders = [...new Set(words)].flatMap((word) => word.split("\0"));
  const selected = only === undefined ? [] : ["--only", only.join(",")];

  return formatCommand(
    [
      ...(references.isDefaultReleases === true ? [] : folders),
      ...(references.selection ?? []),
      ...selected,
      "--seed",
      String(seed),
    ],
    references,
  );
}

function formatCommand(words: readonly string[], { options = [] }: References): string {
  return ["npx", "pg-plumbline", "verify", ...words, ...options].map(quoteShellWord).join(" ");
}

/** A path inside the reader's folder relative to it, any other absolute; with forward slashes. */
export function displayPath(path: string, cwd: string): string {
  const inside = relative(cwd, path);
  const below = inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);

  return (below ? inside || "." : path).split(sep).join("/");
}

export function quoteShellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
