/**
 * What fails a run, as GitHub shows it beside the lines of a change (pure): workflow commands, one a line. What was
 * expected is no annotation; what could not be decided is one only where the release itself stands in the way.
 */
import type { PropertyResult, ReleaseResult, RunResult } from "../property/verdict.ts";
import { printable } from "../text/sanitize.ts";
import { classifyVerdict } from "./exit-status.ts";
import { displayPath, formatReproduceCommand, type References } from "./reproduce-line.ts";

/** The file of a release's findings: where an entry that no longer happens is to be removed. */
export interface KnownFailuresFile {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
}

/** @param ledgers by the folders of the releases; a release without one is annotated at its `release.json` */
export function formatAnnotations(
  run: RunResult,
  references: References,
  ledgers: ReadonlyMap<string, KnownFailuresFile>,
): readonly string[] {
  return run.releases.flatMap((release) =>
    release.properties.flatMap((result) => {
      const message = messageOf(release, result, references);
      if (message === undefined) return [];
      const { file, line } = placeOf(release, result, ledgers.get(release.folder));
      const title = `${release.name}, ${result.id}: ${result.title}`;
      const fields = { file: displayPath(file, references.cwd), line: String(line), title };
      const told = Object.entries(fields).map(([name, value]) => `${name}=${escaped(value, /[%\r\n:,]/g)}`);

      return [`::error ${told.join(",")}::${escaped(message, /[%\r\n]/g)}`];
    }),
  );
}

function messageOf(
  release: ReleaseResult,
  result: PropertyResult,
  references: References,
): string | undefined {
  const replay = `Replay: ${formatReproduceCommand(release.folder, result, references)}`;
  switch (classifyVerdict(result)) {
    case "violated": {
      const { expected, got, hint } = result.violation ?? {};
      const script = references.scripts.get(result);

      return [
        ...(expected === undefined ? [] : [`Expected: ${printable(expected)}`]),
        ...(got === undefined ? [] : [`Got: ${printable(got)}`]),
        ...(hint === undefined ? [] : [printable(hint)]),
        ...(script === undefined ? [] : [`Script: ${script}`]),
        replay,
      ].join("\n");
    }
    case "stale":
      return `The ledger says that it is violated, and it holds. Remove the entry.\n${replay}`;
    case "unknown":
      return result.blocked === true
        ? `It cannot be decided: ${printable(result.reason ?? "")}\n${replay}`
        : undefined;
    default:
      return undefined;
  }
}

/** The statement that was refused, the ledger's entry, or the release as a whole. */
function placeOf(
  { folder }: ReleaseResult,
  { id, violation, reason }: PropertyResult,
  ledger: KnownFailuresFile | undefined,
): { readonly file: string; readonly line: number } {
  // As a refusal is told: `2.1-columns.sql, line 12: ERROR: …`.
  const refused = /(?:^|[ :])([^\s:,]+\.sql), line (\d+): ERROR/.exec(violation?.got ?? reason ?? "");
  const [, path, line] = refused ?? [];
  if (path !== undefined) return { file: `${folder}/${path}`, line: Number(line) };
  const entry = ledger?.text.split("\n").findIndex((text) => text.includes(`"${id}"`)) ?? -1;

  return ledger !== undefined && entry !== -1
    ? { file: ledger.file, line: entry + 1 }
    : { file: `${folder}/release.json`, line: 1 };
}

function escaped(text: string, special: RegExp): string {
  return text.replace(
    special,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}
