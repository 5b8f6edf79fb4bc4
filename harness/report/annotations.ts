/**
 * Formats what fails a run as GitHub workflow commands, which GitHub shows next to the lines of a change. An unknown
 * verdict is annotated only where the release itself is the reason.
 */
import type { PropertyResult, ReleaseResult, RunResult } from "../property/verdict.ts";
import { sanitize } from "../text/sanitize.ts";
import { classifyVerdict } from "./exit-status.ts";
import { findLedgerProblems, findScript, formatName, splitKinds } from "./kinds.ts";
import { displayPath, formatReproduceCommand, type References } from "./reproduce-line.ts";

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
    release.properties.flatMap(listMessages).flatMap(({ result, name, entry, message }) => {
      const { file, line } = locate(release, { result, entry }, known.get(release.folder));
      const title = `${release.name}, ${name}: ${result.title}`;
      const fields = { file: displayPath(file, references.cwd), line: String(line), title };
      const head = Object.entries(fields).map(([name, value]) => `${name}=${encode(value, /[%\r\n:,]/g)}`);
      const script = findScript(references.scripts, result);
      const text = [
        ...message,
        ...(script === undefined ? [] : [`Script: ${script}`]),
        `Reproduce: ${formatReproduceCommand(release, result, references)}`,
      ].join("\n");

      return [`::error ${head.join(",")}::${encode(text, /[%\r\n]/g)}`];
    }),
  );
}

interface Message {
  readonly result: PropertyResult;
  readonly name: string;
  /** What the entry of the known failure names. */
  readonly entry: string;
  readonly message: readonly string[];
}

/** One for each kind that is new, and for each known failure that is out of date. */
function listMessages(result: PropertyResult): readonly Message[] {
  const { id, staleKinds = [] } = result;
  const ofKinds = splitKinds(result).flatMap((one) => {
    const message = formatMessage(one);

    return message === undefined ? [] : [{ result: one, name: formatName(one), entry: id, message }];
  });
  const ofLedger = findLedgerProblems(result).map(({ name, problem, hint, entries }) => {
    const kind = staleKinds.find((stale) => name.endsWith(` ${stale.kind}`))?.kind;

    return {
      result,
      name,
      entry: kind ?? id,
      message: [`${problem.charAt(0).toUpperCase()}${problem.slice(1)}. ${hint}`, ...entries],
    };
  });

  return [...ofKinds, ...ofLedger];
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
  return result.blocked === true ? [`Unknown: ${sanitize(result.reason ?? "")}`] : undefined;
}

/** The statement that failed, the entry of the known failure, or the release as a whole. */
function locate(
  { folder, migration }: ReleaseResult,
  { result: { violation, reason }, entry }: Pick<Message, "result" | "entry">,
  known: KnownFailuresFile | undefined,
): { readonly file: string; readonly line: number } {
  // The form of an SQL error: `2.1-columns.sql, line 12: ERROR: …`.
  const error = /(?:^|[ :])([^\s:,]+\.sql), line (\d+): ERROR/.exec(violation?.got ?? reason ?? "");
  const [, path, line] = error ?? [];
  if (path !== undefined) return { file: `${folder}/${path}`, line: Number(line) };
  const index = known?.text.split("\n").findIndex((text) => text.includes(`"${entry}"`)) ?? -1;

  return known !== undefined && index !== -1
    ? { file: known.file, line: index + 1 }
    : { file: migration === undefined ? `${folder}/release.json` : folder, line: 1 };
}

function encode(text: string, special: RegExp): string {
  return text.replace(
    special,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}
