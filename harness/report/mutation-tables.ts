/** Formats mutation scores as tables: by rule, family, operator and object; and which properties killed first (pure). */
import type { MutantResult, MutantStatus } from "../mutation/mutant-result.ts";
import { countKills, groupScores, type MutationScore, objectOrStep, scoreRules } from "../mutation/score.ts";
import { sanitize } from "../text/sanitize.ts";
import { formatPlainTable } from "./plain-table.ts";
import { createPaints, type Style } from "./style.ts";
import { wrapText } from "./text-layout.ts";

/** In the order of the columns, each with its head and with the noun of the totals. */
export const STATUS_NOUNS: Readonly<Record<MutantStatus, readonly [head: string, noun: string]>> = {
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
export function formatScoreTables(
  results: readonly MutantResult[],
  checked: readonly string[],
  style: Style,
): string[][] {
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
export function formatScore(share: number): string {
  return `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}
