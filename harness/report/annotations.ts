/**
 * Formats what fails a run as GitHub workflow commands, which GitHub shows next to the lines of a change. An unknown
 * verdict is annotated only where the release itself is the reason.
 */
import type { PropertyResult, ReleaseResult, RunResult } from "../property/verdict.ts";
import { sanitize } from "../text/sanitize.ts";
import { classifyVerdict } from "./exit-status.ts";
import { displayPath, formatReproduceCommand, type References } from "./reproduce-line.ts";
import { STALE_HINT } from "./terminal.ts";

export interface KnownFailuresFile {
  readonly file: string;
  readonly text: string;
}

/** @param known by the folder of the release; a release without one is annotated at its `release.json` */
export function formatAnnotations(
  run: RunResult,
  references: References,
  known: ReadonlyMap<string, KnownFailuresFile>,
): readonly string[] {
  return run.releases.flatMap((release) =>
    release.properties.flatMap((result) => {
      const message = formatMessage(result);
      if (message === undefined) return [];
      const { file, line } = locate(release, result, known.get(release.folder));
      const title = `${release.name}, ${result.id}: ${result.title}`;
      const fields = { file: displayPath(file, references.cwd), line: String(line), title };
      const head = Object.entries(fields).map(([name, value]) => `${name}=${encode(value, /[%\r\n:,]/g)}`);
      const script = references.scripts.get(result);
      const text = [
        ...message,
        ...(script === undefined ? [] : [`Script: ${script}`]),
        `Reproduce: ${formatReproduceCommand(release.folder, result, references)}`,
      ].join("\n");

      return [`::error ${head.join(",")}::${encode(text, /[%\r\n]/g)}`];
    }),
  );
}

function formatMessage(result: PropertyResult): readonly string[] | undefined {
  const status = classifyVerdict(result);
  if (status === "violated") {
    const { expected, got, hint } = result.violation ?? {};

    return [
      ...(expected === undefined ? [] : [`Expected: ${sanitize(expected)}`]),
      ...(got === undefined ? [] : [`Got: ${sanitize(got)}`]),
      ...(hint === undefined ? [] : [sanitize(hint)]),
    ];
  }
  if (status === "stale") return [`Listed as a known failure, and it held. ${STALE_HINT}`];

  return result.blocked === true ? [`Unknown: ${sanitize(result.reason ?? "")}`] : undefined;
}

/** The statement that failed, the entry of the known failure, or the release as a whole. */
function locate(
  { folder }: ReleaseResult,
  { id, violation, reason }: PropertyResult,
  known: KnownFailuresFile | undefined,
): { readonly file: string; readonly line: number } {
  // The form of an SQL error: `2.1-columns.sql, line 12: ERROR: …`.
  const error = /(?:^|[ :])([^\s:,]+\.sql), line (\d+): ERROR/.exec(violation?.got ?? reason ?? "");
  const [, path, line] = error ?? [];
  if (path !== undefined) return { file: `${folder}/${path}`, line: Number(line) };
  const entry = known?.text.split("\n").findIndex((text) => text.includes(`"${id}"`)) ?? -1;

  return known !== undefined && entry !== -1
    ? { file: known.file, line: entry + 1 }
    : { file: `${folder}/release.json`, line: 1 };
}

function encode(text: string, special: RegExp): string {
  return text.replace(
    special,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}
