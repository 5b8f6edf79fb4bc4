/**
 * A run for a reader at a terminal or in a CI log. What decides comes last, where the eye is when the run ends: above
 * it the table of all verdicts, then the violations nobody knew of in full, then the known ones in short.
 */
import type { PropertyResult, ReleaseResult, RunResult } from "../property/verdict.ts";
import { pluralize } from "../text/pluralize.ts";
import { printable } from "../text/sanitize.ts";
import { formatConclusion } from "./conclusion.ts";
import { classifyVerdict, filterByStatus, type VerdictStatus } from "./exit-status.ts";
import { formatFooter } from "./footer.ts";
import { displayPath, type References } from "./reproduce-line.ts";
import { formatRulesTable } from "./rules-table.ts";
import { createPaints, type Paints, readable, type Style } from "./style.ts";
import { wrapText } from "./text-width.ts";
import { formatField, formatParagraph, formatViolation, tellBriefly } from "./violation-text.ts";

/**
 * The whole run, ended by a line feed. Prose keeps to the style's width; commands, paths and SQL are as long as they
 * are. Without colour there is no control character in it but the line feed and the tabs of SQL.
 */
export function formatRun(run: RunResult, style: Style, references: References): string {
  const { kind } = run.server;
  const conclude = (release: ReleaseResult) => conclusionOf(release, kind, style);
  const releases = run.releases.map((release) => [
    ...tellRelease(release, style, references),
    "",
    ...conclude(release),
  ]);
  const summary = run.releases.length > 1 ? [run.releases.flatMap(conclude)] : [];

  return [...releases, ...summary, formatFooter(run, style, references)]
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

function tellRelease(release: ReleaseResult, style: Style, references: References): string[] {
  const known = filterByStatus(release.properties, "known");
  const full = [
    ...filterByStatus(release.properties, "violated"),
    ...(style.verbose === true ? known : []),
  ].map((result) => formatViolation(release, result, style, references));
  const brief = style.verbose === true ? [] : known.map((result) => tellBriefly(result, style, references));

  return [
    headingOf(release, style, references),
    formatRulesTable(release.properties, style),
    ...full,
    ...section("Known findings", brief, style),
    ...section("The ledger names what holds", staleLines(release, style), style),
    ...section("Not decided", undecidedLines(release, style), style),
    ...section("Open questions", questionLines(release, style), style),
  ]
    .map((lines) => lines.join("\n"))
    .join("\n\n")
    .split("\n");
}

function headingOf(release: ReleaseResult, style: Style, references: References): string[] {
  const { strong, faint } = createPaints(style);

  return [
    strong(printable(release.name)),
    faint(printable(displayPath(release.folder, references.cwd))),
    ...wrapText(formatCounts(release.properties), readable(style.width)),
  ];
}

/** Such as "52 properties of 47 rules: 20 held, 29 violated (all known), 3 unknown". */
export function formatCounts(results: readonly PropertyResult[]): string {
  const count = (standing: VerdictStatus) => filterByStatus(results, standing).length;
  const violated = count("violated") + count("known");
  const surprise = count("violated") === 0 ? "all known" : `${count("violated")} not known`;
  const told = [
    `${count("held") + count("stale")} held${count("stale") > 0 ? ` (${count("stale")} against the ledger)` : ""}`,
    ...(violated > 0 ? [`${violated} violated (${surprise})`] : []),
    ...(count("unknown") > 0 ? [`${count("unknown")} UNKNOWN`] : []),
  ];
  const rules = new Set(results.map((result) => result.rule)).size;

  return `${pluralize(results.length, "property", "properties")} of ${pluralize(rules, "rule")}: ${told.join(", ")}`;
}

/** A title and its paragraphs; nothing where there are none. */
function section(title: string, paragraphs: readonly (readonly string[])[], style: Style): string[][] {
  if (paragraphs.length === 0) return [];
  const [first = [], ...others] = paragraphs;

  return [[createPaints(style).strong(title), ...first], ...others.map((lines) => [...lines])];
}

function staleLines(release: ReleaseResult, style: Style): string[][] {
  return filterByStatus(release.properties, "stale").map((result) => [
    ...formatParagraph(`${result.id}: ${result.title}`, style),
    ...formatField("because", result.because, style),
    ...formatField("hint", "Remove the entry from the ledger, or find out why it no longer happens.", style),
  ]);
}

function undecidedLines(release: ReleaseResult, style: Style): string[][] {
  const lines = filterByStatus(release.properties, "unknown").flatMap((result) =>
    formatParagraph(`${result.id}: ${result.reason ?? "no reason was given"}`, style),
  );

  return lines.length > 0 ? [lines] : [];
}

function questionLines(release: ReleaseResult, style: Style): string[][] {
  const lines = release.questions.flatMap((question) => [
    ...formatParagraph(`${question.id}: ${question.title} ${sentence(question.answer)}`, style),
    ...(question.lines ?? []).flatMap((line) => listed(line, style)),
  ]);

  return lines.length > 0 ? [lines] : [];
}

/** An item of a list below a paragraph. */
function listed(line: string, style: Style): string[] {
  const narrower = { ...style, width: readable(style.width) - 2 };

  return formatParagraph(`- ${line}`, narrower).map((text) => `  ${text}`);
}

function conclusionOf(release: ReleaseResult, server: string, style: Style): string[] {
  const paints = createPaints(style);
  const toSentence = printable(formatConclusion(release.name, release.properties, server));
  const paint = conclusionPaint(release.properties, paints);

  return wrapText(toSentence, readable(style.width)).map((line) => paints.strong(paint(line)));
}

function conclusionPaint(results: readonly PropertyResult[], paints: Paints): Paints["good"] {
  const found = new Set(results.map(classifyVerdict));
  if (found.has("violated") || found.has("stale")) return paints.bad;
  if (found.has("known") || found.has("unknown") || results.length === 0) return paints.doubtful;

  return paints.good;
}

/** The text as a sentence. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
