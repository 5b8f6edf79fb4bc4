/**
 * Writes a script for plain psql of each violation, which shows it without Plumbline, in one folder per release. The
 * statements are unchanged, byte for byte; everything else is a comment, line by line, so that no data can become a
 * statement. The script of a property that holds again is removed, so that the folder shows what is violated now; that of
 * an unknown property stays, since nothing shows that it is fixed.
 */
import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { HarnessError, messageOf } from "../errors.ts";
import { writeAtomically } from "../files/write-file.ts";
import type { PropertyResult, ReleaseResult, RunResult } from "../property/verdict.ts";
import type { ScriptPart } from "../release/script-part.ts";
import { sanitize } from "../text/sanitize.ts";
import { displayPath, quoteShellWord } from "./reproduce-line.ts";
import { wrapText } from "./text-layout.ts";

interface ScriptDestination {
  /** The results are relative to this folder; absolute. */
  readonly cwd: string;
  /** Relative to `cwd`, or absolute; by default `plumbline-out`. */
  readonly folder?: string;
}

/**
 * Writes `<folder>/<release>/<id>.sql` for each violation, and `<id>.spec` where it takes several sessions.
 * @returns the path of each script, relative to `cwd` inside of it, with forward slashes
 * @throws HarnessError where a folder cannot be made or a file cannot be written or removed
 */
export async function writeScripts(
  run: RunResult,
  destination: ScriptDestination,
): Promise<ReadonlyMap<PropertyResult, string>> {
  const scripts = new Map<PropertyResult, string>();
  const taken = new Set<string>();
  for (const release of run.releases) {
    const name = chooseFreeName(toFileName(release.name), taken);
    const folder = resolve(destination.cwd, destination.folder ?? "plumbline-out", name);
    for (const result of release.properties) {
      const file = join(folder, `${toFileName(result.id)}.sql`);
      const shown = displayPath(file, destination.cwd);
      if (await writeOne(release, result, { folder, file, shown })) scripts.set(result, shown);
    }
  }

  return scripts;
}

interface ScriptFile {
  readonly folder: string;
  readonly file: string;
  readonly shown: string;
}

async function writeOne(
  release: ReleaseResult,
  result: PropertyResult,
  { folder, file, shown }: ScriptFile,
): Promise<boolean> {
  const script = formatScript(release.name, result, shown);
  const spec = result.violation?.spec;
  const specFile = file.replace(/\.sql$/, ".spec");
  if (result.verdict !== "unknown" && spec === undefined) {
    await explainFailure(shown, rm(specFile, { force: true }));
  }
  if (script === undefined) {
    if (result.verdict === "held") await explainFailure(shown, rm(file, { force: true }));
    return false;
  }
  await explainFailure(shown, mkdir(folder, { recursive: true }));
  await writeAtomically(file, script);
  if (spec !== undefined) await writeAtomically(specFile, spec);

  return true;
}

async function explainFailure(shown: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw new HarnessError(
      `the folder of the script ${shown} could not be prepared: ${messageOf(error)}`,
      "Run it in a folder that you may write to",
      error,
    );
  }
}

/** Two releases may have one name, as a copy and its original do. */
function chooseFreeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let number = 2; taken.has(free.toLowerCase()); number += 1) free = `${name}-${number}`;
  taken.add(free.toLowerCase());

  return free;
}

/** A name that is valid in every file system and stays inside its folder. */
function toFileName(name: string): string {
  return name.replace(/[^\w.-]+/g, "-").replace(/^[.-]+/, "") || "unnamed";
}

const COMMENT_COLUMNS = 100;

/**
 * The script from an empty database to the violation.
 * @param file the path under which the reader finds it
 * @returns undefined where the result has no violation
 */
export function formatScript(release: string, result: PropertyResult, file: string): string | undefined {
  const { violation } = result;
  if (violation === undefined) return undefined;

  const ending = [formatComment(`Expected: ${violation.expected}`), formatComment(`Got: ${violation.got}`)].join("");
  const last = violation.script.length - 1;
  const parts = violation.script.map((part, index) => formatPart(part, index === last ? ending : ""));

  return [formatHeader(release, result, file), ...(parts.length > 0 ? parts : [ending])].join("\n");
}

function formatHeader(release: string, result: PropertyResult, file: string): string {
  const { id, rule, title, runs, seed, path } = result;
  const position = path === undefined ? "" : `, path ${path}`;

  return [
    formatComment(`${release} violates ${rule}`),
    formatComment(`Property ${id}: ${title}`),
    formatComment(`Found by Plumbline in case ${runs}, with seed ${seed}${position}.`),
    formatComment(),
    formatComment("Run it on an empty database:"),
    formatComment(`    createdb scratch && psql -X -d scratch -f ${quoteShellWord(file)}`),
    formatComment("psql continues after an error: an error on the way is part of the counterexample."),
    "\n",
    ...formatSettings(result.violation?.script ?? []),
  ].join("");
}

/** A NULL that looks like an empty text would hide some violations; the file is in UTF-8 whatever the locale is. */
function formatSettings(script: readonly ScriptPart[]): string[] {
  const isAscii = script.every(({ sql }) => /^[\0-\x7f]*$/.test(sql));

  return ["\\pset null NULL\n", ...(isAscii ? [] : ["\\encoding UTF8\n"])];
}

function formatPart({ title, sql }: ScriptPart, ending: string): string {
  return formatComment(title) + ending + sql + (sql.endsWith("\n") ? "" : "\n");
}

/** Later lines are indented. A text that begins with a space is to be copied, and is not wrapped. */
function formatComment(text = ""): string {
  const lines = text.startsWith(" ") ? [sanitize(text)] : wrapText(sanitize(text), COMMENT_COLUMNS - 5);

  return lines.map((line, index) => `${`-- ${index === 0 ? "" : "  "}${line}`.trimEnd()}\n`).join("");
}
