/**
 * Formats a run of mutants for a terminal or a CI log: survivors as diffs, and last the score, the totals and the command
 * that repeats the run (pure).
 */
import { structuredPatch } from "diff";
import type { DryRunResult } from "../mutation/dry-run.ts";
import { edited, type MutantResult, type MutantStatus } from "../mutation/mutant.ts";
import {
  computeScore,
  countKills,
  expectedKillers,
  groupScores,
  type MutationScore,
  objectOrStep,
  reachesScore,
  scoreRules,
} from "../mutation/score.ts";
import type { RunResult } from "../property/verdict.ts";
import { listSteps } from "../release/lists.ts";
import type { Release } from "../release/release.ts";
import { pluralize } from "../text/pluralize.ts";
import { sanitize } from "../text/sanitize.ts";
import { formatPlainTable } from "./plain-table.ts";
import { createPaints, type Style } from "./style.ts";
import { formatRunFacts } from "./terminal.ts";
import { wrapText } from "./text-layout.ts";

export interface MutationRun extends Pick<DryRunResult, "unknown"> {
  readonly release: Release;
  readonly results: readonly MutantResult[];
  /** The ids of the properties that were checked, in the order of their rules. */
  readonly checked: readonly string[];
  /** Ids that equivalent-mutants.json lists and no mutant has: the run fails. */
  readonly stale: readonly string[];
  readonly seed: number;
  /** Absent if no mutant had to be tested. */
  readonly server?: RunResult["server"];
  readonly durationMs: number;
  /** The score below which the run fails, from 0 to 1. */
  readonly scoreMin?: number;
  readonly command: string;
}

const CONTEXT_LINES = 2;
const SURVIVORS_MAX = 2;
const OTHERS_MAX = 4;

/** The whole run, ended by a line feed. */
export function formatMutationRun(run: MutationRun, style: Style): string {
  const { results, checked, unknown } = run;
  const isVerbose = style.verbose === true;
  const select = (status: MutantStatus) => results.filter((result) => result.status === status);
  const survivors = select("survived");
  const shown = survivors.slice(0, isVerbose ? undefined : SURVIVORS_MAX);
  const hidden = survivors.length - shown.length;
  const blocks = [
    ...shown.map((survivor) => formatSurvivor(survivor, run, style)),
    ...(hidden === 0 ? [] : [[`and ${pluralize(hidden, "survivor")} more: --verbose, --html FILE`]]),
    formatList("Runtime errors, counted as undetected", select("runtimeError").map(formatPlace), style),
    formatList(
      "Properties that were not checked",
      unknown.map(({ property, reason }) => `${property}: ${reason}`),
      style,
    ),
    ...(isVerbose
      ? [
          formatList("Timed out", select("timeout").map(formatPlace), style),
          formatList("Invalid", select("compileError").map(formatPlace), style),
          formatEquivalents(select("equivalent"), style),
          ...(results.length === 0 ? [] : formatScoreTables(results, checked, style)),
        ]
      : []),
    formatFooter(run, style),
  ];

  return `${blocks
    .filter(({ length }) => length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function formatSurvivor(survivor: MutantResult, { release, results }: MutationRun, style: Style): string[] {
  const { strong, faint } = createPaints(style);
  const { id, description, step, line, object } = survivor.mutant;
  const expected = expectedKillers(survivor, results);

  return [
    ...wrapText(sanitize(`survived: ${id} ${description}`), style.width).map(strong),
    faint(sanitize(`${step}:${line}${object === undefined ? "" : `, in ${object}`}`)),
    ...formatDiff(survivor, release, style),
    expected.length === 0
      ? "no property killed another mutant of this object"
      : `should have been killed by ${expected.join(", ")}`,
  ];
}

function formatDiff({ mutant }: MutantResult, release: Release, style: Style): string[] {
  const { bad, good } = createPaints(style);
  const source = listSteps(release).find(({ step }) => step.path === mutant.step)?.step.source ?? "";
  const { hunks } = structuredPatch("", "", source, edited(source, mutant.edits), "", "", {
    context: CONTEXT_LINES,
  });
  const paints: Readonly<Record<string, (text: string) => string>> = { "-": bad, "+": good };

  return hunks.flatMap(({ lines }) => lines.map((line) => `  ${(paints[line.charAt(0)] ?? String)(sanitize(line))}`));
}

/** Such as `0123456789ab 1.sql:7 C1: a statement ran into its limit`. */
function formatPlace({ mutant, property, reason = "" }: MutantResult): string {
  return `${mutant.id} ${mutant.step}:${mutant.line} ${property === undefined ? "" : `${property}: `}${reason}`;
}

function formatList(title: string, items: readonly string[], style: Style): string[] {
  if (items.length === 0) return [];
  const shown = style.verbose === true ? items : items.slice(0, OTHERS_MAX);
  const hidden = items.length - shown.length;

  return [
    createPaints(style).doubtful(title),
    ...shown.flatMap((item) => wrapText(sanitize(item), style.width - 2).map((line) => `  ${line}`)),
    ...(hidden === 0 ? [] : [`  and ${hidden} more: --verbose`]),
  ];
}

function formatEquivalents(equivalents: readonly MutantResult[], style: Style): string[] {
  const reasons = new Set(equivalents.map(({ reason = "" }) => reason));
  const items = [...reasons].flatMap((reason) => [
    reason,
    equivalents.flatMap(({ mutant, reason: other }) => (other === reason ? [mutant.id] : [])).join(" "),
  ]);

  return formatList("Equivalent, not counted", items, style);
}

function formatFooter(run: MutationRun, style: Style): string[] {
  const { release, results, stale, seed, server, durationMs, scoreMin = 0, command } = run;
  const { strong, faint, bad, good } = createPaints(style);
  const score = computeScore(release.name, results);
  const isEnough = reachesScore(score, scoreMin);
  const counts = Object.entries(STATUS_NOUNS).flatMap(([status, [, noun]]) => {
    const count = score.counts[status as MutantStatus];

    return count === 0 ? [] : [`${count} ${noun}`];
  });
  const detected = score.counts.killed + score.counts.timeout;
  const sentence =
    score.total === 0
      ? "no mutant counts"
      : `mutation score ${formatScore(score.share)}, ${detected} of ${pluralize(score.total, "mutant")} killed`;
  const shortfall = isEnough ? "" : `, less than ${formatScore(scoreMin)}`;
  const tested = results.filter((result) => result.durationMs > 0).length;
  const facts =
    server === undefined
      ? `seed ${seed}, no mutant had to be tested`
      : `${tested} tested now, ${formatRunFacts({ seed, server, durationMs })}`;

  return [
    ...wrapText(sanitize(`${release.name}: ${sentence}${shortfall}`), style.width).map((line) =>
      strong((isEnough ? good : bad)(line)),
    ),
    ...(results.length === 0
      ? ["No mutated line has changed."]
      : wrapText(`${pluralize(results.length, "mutant")}: ${counts.join(", ")}`, style.width)),
    ...(stale.length === 0 ? [] : wrapText(formatStale(release, stale), style.width).map(bad)),
    ...wrapText(facts, style.width).map(faint),
    ...(style.verbose === true || results.length === 0 ? [] : [faint("details: --verbose, --html FILE")]),
    faint(`reproduce: ${sanitize(command)}`),
  ];
}

/** Why a stale equivalent-mutants.json fails the run, and what to do. */
export function formatStale({ name }: Release, ids: readonly string[]): string {
  return (
    `equivalent-mutants.json is stale, which fails the run: ${sanitize(name)} has no such mutants any more, since ` +
    `their statements have changed; remove ${ids.join(", ")}`
  );
}

/** In the order of the columns, each with its head and with the noun of the totals. */
const STATUS_NOUNS: Readonly<Record<MutantStatus, readonly [head: string, noun: string]>> = {
  killed: ["killed", "killed"],
  timeout: ["timeout", "timed out"],
  survived: ["survived", "survived"],
  runtimeError: ["error", "failed with an error"],
  equivalent: ["equiv.", "equivalent"],
  compileError: ["invalid", "invalid"],
};
const STATUSES = Object.keys(STATUS_NOUNS) as MutantStatus[];

const BY_RULE =
  "A detected mutant counts for the rule of the property that detected it first, a survivor for each rule whose property should have killed it.";

/** @param checked the ids of the properties, in the order of their rules */
function formatScoreTables(results: readonly MutantResult[], checked: readonly string[], style: Style): string[][] {
  const { scores, unclaimed, idle } = scoreRules(results, checked);
  const kills = [...countKills(results)].map(([id, count]) => `${id} ${count}`);
  const notes = [
    BY_RULE,
    ...(unclaimed === 0 ? [] : [`${unclaimed} of the survivors count for no rule.`]),
    ...(idle.length === 0 ? [] : [`No mutant counts for ${idle.join(", ")}.`]),
  ];

  return [
    [...formatTable("by rule", scores, style), ...notes.flatMap((note) => indent(note, style))],
    formatTable(
      "by family",
      groupScores(results, ({ mutant }) => mutant.family),
      style,
    ),
    formatTable(
      "by operator",
      groupScores(results, ({ mutant }) => mutant.operator),
      style,
    ),
    formatTable("by object", groupScores(results, objectOrStep), style),
    ...(kills.length === 0
      ? []
      : [[createPaints(style).strong("detected first by"), ...indent(kills.join(", "), style)]]),
  ];
}

function formatTable(title: string, scores: readonly MutationScore[], style: Style): string[] {
  const heads = ["", ...STATUSES.map((status) => STATUS_NOUNS[status][0]), "score"];
  const columns = heads.map((head, at) => ({ head, end: at === 0 ? ("left" as const) : ("right" as const) }));
  const rows = scores.map(({ name, counts, share }) => [
    sanitize(name),
    ...STATUSES.map((status) => String(counts[status] || "")),
    Number.isNaN(share) ? "" : formatScore(share),
  ]);

  return [createPaints(style).strong(title), ...formatPlainTable(columns, rows).map((line) => `  ${line}`)];
}

function indent(text: string, style: Style): string[] {
  return wrapText(text, style.width - 2).map((line) => `  ${line}`);
}

/** Rounded down: only a full score is 100.0 %. */
function formatScore(share: number): string {
  return `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}
