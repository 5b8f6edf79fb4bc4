/**
 * Writes a script for plain psql of each violation, which shows it without Plumbline, in one folder per release. The
 * statements are unchanged, byte for byte; everything else is a comment, line by line, so that no data can become a
 * statement. The script of a property that holds again is removed, so that the folder shows what is violated now; that of
 * an unknown property stays, since nothing shows that it is fixed.
 */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { HarnessError, messageOf } from "../errors.ts";
import { writeAtomically } from "../files/write-file.ts";
import type { KindResult, PropertyResult, ReleaseResult, RunResult } from "../property/verdict.ts";
import type { ScriptPart } from "../release/script-part.ts";
import { sanitize } from "../text/sanitize.ts";
import { formatName, splitKinds } from "./kinds.ts";
import { displayPath, quoteShellWord, type Scripts } from "./reproduce-line.ts";
import { wrapText } from "./text-layout.ts";

interface ScriptDestination {
  /** The results are relative to this folder; absolute. */
  readonly cwd: string;
  /** Relative to `cwd`, or absolute; by default `plumbline-out`. */
  readonly folder?: string;
}

/**
 * Writes `<folder>/<release>/<id>.sql` for each violation, `<id>.<kind>.sql` where a property has several kinds, and a
 * `.spec` next to it where it takes several sessions.
 * @returns the path of each script, relative to `cwd` inside of it, with forward slashes
 * @throws HarnessError where a folder cannot be made or a file cannot be written or removed
 */
export async function writeScripts(run: RunResult, destination: ScriptDestination): Promise<Scripts> {
  const scripts = new Map<PropertyResult | KindResult, string>();
  const taken = new Set<string>();
  for (const release of run.releases) {
    const name = chooseFreeName(toFileName(release.name), taken);
    const folder = resolve(destination.cwd, destination.folder ?? "plumbline-out", name);
    const others = release.properties.map(({ id }) => toFileName(id));
    for (const result of release.properties) {
      const names = nameFiles(result);
      const show = (name: string) => displayPath(join(folder, `${name}.sql`), destination.cwd);
      const own = toFileName(result.id);
      if (result.verdict !== "unknown") await explainFailure(show(own), removeOld(folder, own, others));
      for (const [index, one] of splitKinds(result).entries()) {
        const [name = own, first] = [names[index], result.kinds?.[index]];
        const shown = show(name);
        if (!(await writeOne(release, one, { folder, name, shown }))) continue;
        if (index === 0) scripts.set(result, shown);
        if (first !== undefined) scripts.set(first, shown);
      }
    }
  }

  return scripts;
}

/** The name of the script of each kind, without its ending. */
function nameFiles({ id, kinds = [] }: PropertyResult): readonly string[] {
  const own = toFileName(id);
  const taken = new Set<string>();

  return kinds.length < 2 ? [own] : kinds.map(({ kind }) => chooseFreeName(`${own}.${kind.slice(0, KIND_MAX)}`, taken));
}

/** Removes the scripts of a property, and no other file. @param all the names of all properties */
async function removeOld(folder: string, own: string, all: readonly string[]): Promise<void> {
  const files = await readdir(folder).catch(() => []);
  const others = all.filter((name) => name !== own && name.startsWith(`${own}.`));
  const isOwn = (file: string) =>
    /\.(?:sql|spec)$/.test(file) && file.startsWith(`${own}.`) && !others.some((other) => file.startsWith(`${other}.`));
  await Promise.all(files.filter(isOwn).map((file) => rm(join(folder, file), { force: true })));
}

interface ScriptFile {
  readonly folder: string;
  readonly name: string;
  readonly shown: string;
}

async function writeOne(
  release: ReleaseResult,
  result: PropertyResult,
  { folder, name, shown }: ScriptFile,
): Promise<boolean> {
  const script = formatScript(release.name, result, shown);
  if (script === undefined) return false;
  const spec = result.violation?.spec;
  await explainFailure(shown, mkdir(folder, { recursive: true }));
  await writeAtomically(join(folder, `${name}.sql`), script);
  if (spec !== undefined) await writeAtomically(join(folder, `${name}.spec`), spec);

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
/** File systems allow 255 bytes in a name. */
const KIND_MAX = 150;

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
  const { rule, title, runs, seed, path } = result;
  const position = path === undefined ? "" : `, path ${path}`;

  return [
    formatComment(`${release} violates ${rule}`),
    formatComment(`Property ${formatName(result)}: ${title}`),
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
