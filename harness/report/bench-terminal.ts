/**
 * Formats a run of the gates for a terminal or a CI log: a line for each release and each violated gate, new violations
 * in full, the summary, and last what decides and how to repeat it.
 */
import { SESSION_PINS } from "../bench/measuring-session.ts";
import type { BenchResult, GateResult, ReleaseBench } from "../bench/result.ts";
import type { PropertyResult, ReleaseResult } from "../property/verdict.ts";
import { sanitize } from "../text/sanitize.ts";
import { formatGate, formatGateTable } from "./bench-gate.ts";
import { formatSideBySide } from "./bench-plans.ts";
import { benchAsRelease, benchAsRun, isGateResult } from "./bench-run.ts";
import { formatBenchSummary } from "./bench-summary.ts";
import { formatConclusion } from "./conclusion.ts";
import { classifyVerdict, filterByStatus, findWorstStatus, getExitCode } from "./exit-status.ts";
import { displayPath, quoteShellWord } from "./reproduce-line.ts";
import { statusLabels } from "./rules-table.ts";
import { createPaints, getPaint, type Style } from "./style.ts";
import { abridge, formatReleaseLines, formatVerdictCounts } from "./summary.ts";
import { formatRunFacts } from "./terminal.ts";
import { measureWidth, padText, truncate, wrapText } from "./text-layout.ts";
import { formatField, formatParagraph } from "./violation-text.ts";

/** What the commands of a report need. */
export interface BenchReferences {
  /** The folder in which the reader runs the commands, absolute. */
  readonly cwd: string;
  /** The options of this run, without `--release`, `--only` and those of the reports; no password may be among them. */
  readonly options: readonly string[];
  /** `--release` and `--only` as they were given. */
  readonly selection: readonly string[];
}

const NOUNS = ["gate", "gates"] as const;

/** The whole run, ended by a line feed. */
export function formatBench(bench: BenchResult, style: Style, references: BenchReferences): string {
  const blocks = [
    bench.releases.flatMap((release) => formatRelease(release, bench, style)),
    ...bench.releases.flatMap((release) => formatDetails(release, style)),
    withTitle("Summary", formatBenchSummary(bench), style),
    formatComparison(bench, style),
    ...(style.verbose === true ? [formatSettings(bench, style)] : []),
    formatFooter(bench, style, references),
  ];

  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

/** Verdicts that are not of gates are counted only if one of them does not hold. */
function formatRelease(release: ReleaseBench, bench: BenchResult, style: Style): readonly string[] {
  const names = bench.releases.map(({ name }) => name);
  const { name, properties } = benchAsRelease(release, bench);
  const gates = properties.filter(isGateResult);
  const isGatesOnly = findWorstStatus(properties.filter((one) => !isGateResult(one))) === "held";
  const lines = isGatesOnly
    ? formatReleaseLines({ name, properties: gates }, names, style, NOUNS)
    : formatReleaseLines({ name, properties }, names, style, ["check", "checks"]);

  return [
    ...lines,
    ...(style.verbose === true
      ? formatGateTable(release.gates, style)
      : formatViolationLines(release.gates, properties, style)),
  ];
}

function formatViolationLines(
  gates: readonly GateResult[],
  properties: readonly PropertyResult[],
  style: Style,
): readonly string[] {
  const paints = createPaints(style);
  const violated = properties.filter(({ verdict }) => verdict === "violated");
  const columns = Math.max(0, ...violated.map(({ id }) => measureWidth(id)));

  return violated.map((result) => {
    const status = classifyVerdict(result);
    const mark = status === "violated" ? "NEW: " : "";
    const gate = gates.find(({ id }) => id === result.id);
    const width = style.width - columns - 4 - mark.length;
    const got =
      gate === undefined ? abridge(sanitize(result.violation?.got ?? ""), width) : shortenViolations(gate, width);

    return `  ${getPaint(status, paints)(padText(result.id, columns))}  ${mark}${got}`;
  });
}

/** The first violation, with its subject and all clauses as far as they fit, and the number of the others. */
function shortenViolations({ violations: [first, ...others] }: GateResult, width: number): string {
  if (first === undefined) return "";
  const { subject, got } = first;
  const [clause = ""] = got.split("; ");
  const more = others.length === 0 ? "" : ` (+${others.length})`;
  const texts = [`${subject}: ${got}`, `${subject}: ${clause}`, got, clause].map((text) => sanitize(`${text}${more}`));

  return texts.find((text) => measureWidth(text) <= width) ?? truncate(texts.at(-1) ?? "", width);
}

/** New violations in full, with --verbose known ones and notes too. */
function formatDetails(
  { name, gates, differences = [], load }: ReleaseBench,
  style: Style,
): readonly (readonly string[])[] {
  const shown = style.verbose === true ? ["violated", "known"] : ["violated"];
  const unknown = gates.filter(({ verdict }) => verdict === "unknown");
  const stale = gates.filter((gate) => classifyVerdict(gate) === "stale");
  const notes = style.verbose === true ? [...new Set(gates.flatMap((gate) => gate.notes))] : [];
  const changed = differences.filter(({ kind }) => style.verbose === true || kind !== "other");

  const block = (title: string, lines: readonly string[]) => withTitle(`${title}: ${name}`, lines, style);
  const paragraphs = (texts: readonly string[]) => texts.flatMap((text) => formatParagraph(text, style));
  const staleLines = stale.flatMap(({ id, title, because }) => [
    ...paragraphs([`${id}: ${title}`]),
    ...formatField("cause", because, style),
  ]);

  return [
    block("Compared with the accepted figures", formatDifferences(changed)),
    ...gates
      .filter((gate) => shown.includes(classifyVerdict(gate)))
      .map((gate) => formatGateViolation(gate, name, style)),
    block("Known failures that no longer happen", staleLines),
    block("Unknown", paragraphs(unknown.map(({ id, reason }) => `${id}: ${reason ?? ""}`))),
    block("Notes", paragraphs(notes)),
    block(
      "Under load",
      (load?.lines ?? []).map((line) => `  ${line}`),
    ),
  ];
}

function formatDifferences(differences: NonNullable<ReleaseBench["differences"]>): readonly string[] {
  return differences.flatMap(({ gate, subject, kind, message, shapes }) => [
    sanitize(`  ${kind === "other" ? "" : `${kind}: `}${gate}, ${subject}: ${message}`),
    ...(shapes === undefined ? [] : formatSideBySide(shapes.before, shapes.after).map((line) => `      ${line}`)),
  ]);
}

function formatGateViolation(gate: GateResult, release: string, style: Style): readonly string[] {
  const paints = createPaints(style);
  const status = classifyVerdict(gate);
  const heading = `${statusLabels[status]}: ${gate.id}, ${sanitize(release)}`;

  return [
    paints.strong(getPaint(status, paints)(heading)),
    ...formatField("gate", `${gate.rule}: ${gate.title}`, style),
    ...formatGate({ ...gate, notes: [] }, style),
  ];
}

function formatComparison({ releaseComparison }: BenchResult, style: Style): readonly string[] {
  if (releaseComparison === undefined) return [];
  const { release, against, timings, differences } = releaseComparison;
  const lines = timings.map(
    ({ what, ratio: { ratio, interval, slower, slowerThan, falseAlarmRate } }) =>
      `  ${what}: ${ratio.toFixed(2)} times as long (${interval.low.toFixed(2)} to ${interval.high.toFixed(2)})${
        slower ? `, SLOWER than ${slowerThan} times` : ""
      }; wrong in at most one of ${Math.round(1 / falseAlarmRate).toLocaleString("en-US")} runs`,
  );

  return withTitle(`${release}, compared with ${against}`, [...lines, ...formatDifferences(differences)], style);
}

function formatSettings({ settings }: BenchResult, style: Style): readonly string[] {
  const pinned = Object.entries({ ...SESSION_PINS, ...settings }).map(([name, value]) => `${name} ${value}`);

  return wrapText(sanitize(`pinned: ${pinned.join(", ")}`), style.width).map(createPaints(style).faint);
}

/** What decides, the totals, the seed, and the command that repeats the run or its first failure. */
function formatFooter(bench: BenchResult, style: Style, references: BenchReferences): readonly string[] {
  const paints = createPaints(style);
  const { releases } = benchAsRun(bench);
  const notHeld = releases.filter(({ properties }) => findWorstStatus(properties) !== "held");
  const conclusions = (notHeld.length > 0 ? notHeld : releases).flatMap(({ name, properties }) => {
    const paint = getPaint(findWorstStatus(properties), paints);
    // A comparison is no rule, unless it fails: then it decides as a violated rule does.
    const decisive = properties.filter((one) => isGateResult(one) || classifyVerdict(one) === "violated");

    return wrapText(sanitize(formatConclusion(name, decisive)), style.width).map((line) => paints.strong(paint(line)));
  });
  const gates = releases.flatMap(({ properties }) => properties.filter(isGateResult));
  const scale = bench.scale === undefined ? "" : `, scale ${bench.scale.toLocaleString("en-US")}`;

  return [
    ...conclusions,
    ...wrapText(formatVerdictCounts(gates, NOUNS), style.width),
    ...wrapText(sanitize(`${formatRunFacts(bench)}${scale}; ${bench.comparison}`), style.width).map(paints.faint),
    ...(style.verbose === true ? [] : [paints.faint("details: --verbose")]),
    paints.faint(`reproduce: ${sanitize(formatBenchCommand(bench, releases, references))}`),
  ];
}

/** The first failing gate alone, or else the whole run. */
function formatBenchCommand(
  bench: BenchResult,
  releases: readonly ReleaseResult[],
  { cwd, options, selection }: BenchReferences,
): string {
  const failures = (["violated", "stale"] as const).flatMap((status) =>
    releases.flatMap(({ folder, properties }) =>
      filterByStatus(properties.filter(isGateResult), status).map(({ id }) => [
        ...["--release", displayPath(folder, cwd), "--only", id],
      ]),
    ),
  );
  const words = getExitCode(benchAsRun(bench)) === 1 ? (failures[0] ?? selection) : selection;

  return ["npx", "pg-plumbline", "bench", ...words, ...options].map(quoteShellWord).join(" ");
}

function withTitle(title: string, lines: readonly string[], style: Style): readonly string[] {
  return lines.length === 0 ? [] : [createPaints(style).strong(sanitize(title)), ...lines];
}
