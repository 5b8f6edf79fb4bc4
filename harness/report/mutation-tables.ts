/**
 * How many mutants were noticed, in tables: by rule of the contract, by family, operator and object (pure).
 */
import type { Tried } from "../mutation/mutant-status.ts";
import { groupScores, type MutationScore, objectOrStep } from "../mutation/score.ts";
import { scoreRules } from "../mutation/score-by-rule.ts";
import { printable } from "../text/sanitize.ts";
import { formatPlainTable } from "./plain-table.ts";
import { createPaints, type Style } from "./style.ts";
import { wrapText } from "./text-layout.ts";

const HEADS = ["", "killed", "limit", "survived", "trouble", "equivalent", "invalid", "score"];

const BY_RULE =
  "A mutant counts for the rule whose property noticed it first, a survivor for each rule whose property ought to have noticed it. The score is the share that was noticed.";

/** A block of lines for each table. @param asked the ids of the properties that were asked, in the order of their rules */
export function scoreTables(
  tried: readonly Tried[],
  asked: readonly string[],
  style: Style,
): readonly (readonly string[])[] {
  const groups: readonly (readonly [title: string, groupOf: (one: Tried) => string])[] = [
    ["by family", ({ mutant }) => mutant.family],
    ["by operator", ({ mutant }) => mutant.operator],
    ["by object", objectOrStep],
  ];

  return [
    ruleLines(tried, asked, style),
    ...groups.map(([title, groupOf]) => scoreTable(title, groupScores(tried, groupOf), style)),
  ];
}

function ruleLines(tried: readonly Tried[], asked: readonly string[], style: Style): readonly string[] {
  const { scores, unclaimed, idle } = scoreRules(tried, asked);
  const said = (text: string) => wrapText(text, style.width - 2).map((line) => `  ${line}`);

  return [
    ...(scores.length === 0
      ? [createPaints(style).strong("by rule")]
      : [...scoreTable("by rule", scores, style), ...said(BY_RULE)]),
    ...(unclaimed === 0
      ? []
      : said(`Of the survivors, ${unclaimed} count for no rule: nobody noticed anything in their place.`)),
    ...(idle.length === 0 ? [] : said(`No mutant counts for ${idle.join(", ")}.`)),
  ];
}

function scoreTable(title: string, scores: readonly MutationScore[], style: Style): readonly string[] {
  const columns = HEADS.map((head, index) => ({
    head,
    end: index === 0 ? ("left" as const) : ("right" as const),
  }));
  const rows = scores.map(({ name, counts, share }) => [
    printable(name),
    ...[counts.killed, counts.limit, counts.survived, counts.trouble, counts.equivalent, counts.invalid].map(
      (count) => (count === 0 ? "" : String(count)),
    ),
    percent(share),
  ]);

  return [createPaints(style).strong(title), ...formatPlainTable(columns, rows).map((line) => `  ${line}`)];
}

/** Rounded down, so that only what is whole is told as 100.0 %; empty where nothing counts. */
export function percent(share: number): string {
  return Number.isNaN(share) ? "" : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}
