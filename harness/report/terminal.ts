/**
 * Formats a run for a terminal or a CI log: a line for each release and each violated rule, new violations in full, and
 * last, where the reader looks when the run ends, what decides and how to repeat it.
 */
import { posix } from "node:path";
import type { FolderNotes, Note, ReleaseResult, RunResult } from "../property/verdict.ts";
import { explainEmptyTables, formatCoverage } from "../rows/format-coverage.ts";
import { pluralize } from "../text/pluralize.ts";
import { sanitize } from "../text/sanitize.ts";
import { formatConclusion, groupByReason } from "./conclusion.ts";
import { filterByStatus, findWorstStatus, getExitCode, type VerdictStatus } from "./exit-status.ts";
import { describeCut, findLedgerProblems, formatEntry, splitKinds } from "./kinds.ts";
import { displayPath, formatReproduceCommand, formatRunCommand, type References } from "./reproduce-line.ts";
import { formatRulesTable } from "./rules-table.ts";
import { createPaints, getPaint, type Style } from "./style.ts";
import { formatReleaseLines, formatRuleLines, formatVerdictCounts } from "./summary.ts";
import { wrapText } from "./text-layout.ts";
import { describeUnjudged, groupByNeed } from "./unmet-needs.ts";
import { formatField, formatParagraph, formatViolation } from "./violation-text.ts";

/**
 * The whole run, ended by a line feed. Prose keeps to the style's width; commands, paths and SQL are as long as they
 * are. Without colour its only control characters are line feeds and the tabs of SQL.
 */
export function formatRun(run: RunResult, style: Style, references: References): string {
  const names = run.releases.map(({ name }) => name);
  const summary = run.releases.flatMap((release) => [
    ...formatReleaseLines(release, names, style),
    ...(style.verbose === true ? formatRulesTable(release.properties, style) : formatRuleLines(release, style)),
  ]);
  const details = run.releases.flatMap((release) => formatDetails(release, style, references));

  const folders = (run.folders ?? []).map((one) => formatFolderNotes(one, style, references.cwd));
  const empty = style.verbose === true ? [] : formatEmptyTables(run, style);
  const footer = formatFooter(run, style, references);

  return [summary, ...details, ...empty, ...formatNeeds(run, style), ...folders, footer]
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

/** What of a release is shown in full, in blocks of lines. */
function formatDetails(release: ReleaseResult, style: Style, references: References): string[][] {
  const { name, properties, questions, need, notes = [], coverage = [] } = release;
  const { strong } = createPaints(style);
  const heading = (title: string) => strong(sanitize(`${title}: ${name}`));
  const shown: readonly VerdictStatus[] = style.verbose === true ? ["known", "violated"] : ["violated"];
  const outdated = properties.flatMap((result) =>
    findLedgerProblems(result).flatMap(({ name: listed, problem, because, hint, entries }) => [
      ...formatParagraph(`${listed}: ${result.title}`, style),
      ...formatField("found", problem, style),
      ...formatField("cause", because, style),
      ...formatField("hint", hint, style),
      ...entries,
    ]),
  );
  const cut = properties.flatMap((result) => describeCut(result) ?? []).flatMap((text) => formatParagraph(text, style));
  const unknown = [...(need === undefined ? groupByReason(properties, ({ id }) => id) : [])].flatMap(([reason, ids]) =>
    formatParagraph(`${ids.join(", ")}: ${reason}`, style),
  );
  const answers = questions.flatMap(({ id, title, answer, lines = [] }) => [
    ...formatParagraph(`${id}: ${title} ${toSentence(answer)}`, style),
    ...lines.flatMap((line) =>
      formatParagraph(`- ${line}`, { ...style, width: style.width - 2 }).map((text) => `  ${text}`),
    ),
  ]);

  return [
    ...shown
      .flatMap((status) => filterByStatus(properties.flatMap(splitKinds), status))
      .map((result) => formatViolation(release, result, style, references)),
    ...(outdated.length > 0 ? [[heading("Known failures that are out of date"), ...outdated]] : []),
    ...(cut.length > 0 ? [[heading("Too many kinds"), ...cut]] : []),
    ...(style.kinds === true ? formatKinds(properties, style, heading("Kinds of failures")) : []),
    ...(unknown.length > 0 ? [[heading("Unknown"), ...unknown]] : []),
    ...((style.questions === true || isMeasuredOnly(release)) && answers.length > 0
      ? [[heading("Open questions"), ...answers]]
      : []),
    ...(style.verbose === true && notes.length > 0
      ? [[heading("Notes"), ...notes.flatMap((note) => formatParagraph(formatNote(note), style))]]
      : []),
    ...(style.verbose === true && coverage.length > 0
      ? [[heading("Generated rows"), ...formatCoverageLines(formatCoverage(coverage).split("\n"), style)]]
      : []),
  ];
}

/** Each need once, with the migrations that could not be judged because of it. */
function formatNeeds({ releases }: RunResult, style: Style): string[][] {
  return groupByNeed(releases).map(({ message, remedy, names }) => [
    createPaints(style).strong(sanitize(describeUnjudged(names))),
    ...formatParagraph(toSentence(message), style),
    ...formatField("hint", remedy, style),
  ]);
}

/** More notes than these are counted, unless all is to be shown. */
const FOLDER_NOTES_MAX = 4;

function formatFolderNotes({ folder, layout, notes }: FolderNotes, style: Style, cwd: string): string[] {
  const shown =
    style.verbose === true || notes.length <= FOLDER_NOTES_MAX ? notes : notes.slice(0, FOLDER_NOTES_MAX - 1);
  const others = notes.length === shown.length ? [] : [`${notes.length - shown.length} more: --verbose, --json`];
  const heading = `Notes: ${displayPath(folder, cwd)}, read as ${layout}`;

  return [
    createPaints(style).strong(sanitize(heading)),
    ...[...shown.map(toSentence), ...others].flatMap((note) => formatParagraph(note, style)),
  ];
}

function formatNote({ rule, subject, text }: Note): string {
  return `${rule}: ${subject}: ${text}`;
}

/** A line for each kind; for one that is not listed the entry that lists it. */
function formatKinds(properties: ReleaseResult["properties"], style: Style, heading: string): string[][] {
  const lines = properties.flatMap(({ id, kinds = [] }) =>
    kinds.flatMap(({ kind, expected }) => [
      ...formatParagraph(`${id}  ${kind}`, style),
      ...(expected ? [] : [`    ${formatEntry(id, kind)}`]),
    ]),
  );

  return lines.length === 0 ? [] : [[heading, ...lines]];
}

/** Tables that stayed empty, whatever was tried; of several releases each once, with the number that it is empty in. */
function formatEmptyTables({ releases }: RunResult, style: Style): string[][] {
  const counts = new Map<string, number>();
  for (const line of releases.flatMap(({ coverage = [] }) => explainEmptyTables(coverage))) {
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  const [release, ...others] = releases;
  if (release === undefined || counts.size === 0) return [];
  const isOne = others.length === 0;
  const lines = [...counts].map(([line, count]) => (isOne ? line : `${line} (${count} of ${releases.length})`));
  const heading = isOne ? `Tables without rows: ${release.name}` : "Tables without rows";

  return [[createPaints(style).strong(sanitize(heading)), ...formatCoverageLines(lines, style)]];
}

const COVERAGE_LINES_MAX = 14;

function formatCoverageLines(coverage: readonly string[], style: Style): string[] {
  const lines = coverage.flatMap((line) => {
    const indent = line.startsWith(" ") ? "  " : "";
    const wrapped = wrapText(sanitize(line.trim()), style.width - 4);

    return wrapped.map((text, index) => `${indent}${index === 0 ? "" : "  "}${text}`);
  });
  if (lines.length <= COVERAGE_LINES_MAX) return lines;

  return [...lines.slice(0, COVERAGE_LINES_MAX - 1), "… all of it: --json, --html"];
}

/** What decides, the totals, the seed, and the command that repeats the run or its first failure. */
function formatFooter(run: RunResult, style: Style, references: References): string[] {
  const paints = createPaints(style);
  const all = run.releases.flatMap(({ properties }) => properties);

  return [
    ...formatConclusions(run, style),
    ...wrapText(formatVerdictCounts(all), style.width),
    ...[formatRunFacts(run), ...formatDetailsLine(run, style, references)]
      .flatMap((line) => wrapText(sanitize(line), style.width))
      .map(paints.faint),
    paints.faint(`reproduce: ${sanitize(chooseCommand(run, references))}`),
  ];
}

/** Of more releases than these, the folders of the scripts have one above them. */
const SCRIPT_FOLDERS_MAX = 2;

function formatDetailsLine({ releases }: RunResult, style: Style, { scripts }: References): string[] {
  const hasNotes = releases.some(({ notes = [] }) => notes.length > 0);
  const hasKnown = releases.some(({ properties }) => filterByStatus(properties, "known").length > 0);
  const flags = [
    ...(style.verbose !== true && (hasKnown || hasNotes) ? ["--verbose"] : []),
    ...(style.questions !== true && releases.some((one) => one.questions.length > 0 && !isMeasuredOnly(one))
      ? ["--questions"]
      : []),
  ];
  const own = [...new Set([...scripts.values()].map((script) => posix.dirname(script)))];
  const folders = own.length > SCRIPT_FOLDERS_MAX ? [...new Set(own.map((folder) => posix.dirname(folder)))] : own;
  const parts = [
    ...(flags.length === 0 ? [] : [`details: ${flags.join(", ")}`]),
    ...(folders.length === 0 ? [] : [`scripts: ${folders.join(", ")}`]),
  ];

  return parts.length === 0 ? [] : [parts.join("; ")];
}

/** A sentence for each release that decides something; where all rules of all releases held, one for all. */
function formatConclusions(run: RunResult, style: Style): string[] {
  const { server } = run;
  const releases = run.releases.filter(({ need }) => need === undefined);
  const paints = createPaints(style);
  const notHeld = releases.filter(({ properties }) => findWorstStatus(properties) !== "held");
  if (notHeld.length === 0 && releases.length > 1 && !releases.some(isMeasuredOnly)) {
    const noun = releases.every(({ migration }) => migration !== undefined) ? "migrations" : "releases";

    const others = run.releases.length === releases.length ? "" : ` of ${run.releases.length}`;

    return [
      paints.strong(
        getPaint(
          "held",
          paints,
        )(`${others === "" ? "all " : ""}${releases.length}${others} ${noun}: all rules checked held`),
      ),
    ];
  }

  return (notHeld.length > 0 ? notHeld : releases).flatMap((release) => {
    const { name, properties, questions } = release;
    if (isMeasuredOnly(release)) return [`${sanitize(name)}: ${pluralize(questions.length, "question")} measured`];
    const blocked = properties.some((result) => result.blocked === true);
    const paint = getPaint(blocked ? "violated" : findWorstStatus(properties), paints);
    const sentence = sanitize(formatConclusion(name, properties, server.kind));

    return wrapText(sentence, style.width).map((line) => paints.strong(paint(line)));
  });
}

/** True where only open questions were selected. */
function isMeasuredOnly({ properties, questions }: ReleaseResult): boolean {
  return properties.length === 0 && questions.length > 0;
}

/** The first failure alone, where one fails the run; otherwise the whole run. */
function chooseCommand(run: RunResult, references: References): string {
  const failures = (["violated", "stale"] as const).flatMap((status) =>
    run.releases.flatMap((release) =>
      filterByStatus(release.properties, status).map((result) => formatReproduceCommand(release, result, references)),
    ),
  );

  return getExitCode(run) === 1 && failures[0] !== undefined ? failures[0] : formatRunCommand(run, references);
}

/** Such as `seed 42, embedded PostgreSQL 18.4, 8.1 s`. */
export function formatRunFacts({
  seed,
  server: { kind, version },
  durationMs,
}: Pick<RunResult, "seed" | "server" | "durationMs">): string {
  const server = kind === "memory" ? `${version} in memory` : `${kind} PostgreSQL ${version}`;

  return `seed ${seed}, ${server}, ${formatDuration(durationMs)}`;
}

/** Such as `850 ms`, `8.1 s`, `2 min 5 s`. */
function formatDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 60_000) return `${(durationMs / 1_000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1_000);

  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

export function toSentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
