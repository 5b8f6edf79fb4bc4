/**
 * What each property noticed: first of all, and where that is known, alone. A property that noticed nothing alone is
 * named: nothing of these mutants would be lost with it (pure).
 */
import type { Tried } from "../mutation/mutant-status.ts";
import { countKills } from "../mutation/score.ts";
import { isHalfKnown, type Merits, meritsOf } from "../mutation/unique-kills.ts";
import { formatPlainTable } from "./plain-table.ts";
import { createPaints, type Style } from "./style.ts";
import { wrapText } from "./text-layout.ts";

/** @param asked the ids of the properties that were asked */
export function meritLines(
  tried: readonly Tried[],
  asked: readonly string[],
  style: Style,
): readonly string[] {
  const first = countKills(tried);
  if (first.size === 0) {
    return [];
  }
  const { strong } = createPaints(style);
  const merits = meritsOf(tried, asked);
  const said = (text: string) => wrapText(text, style.width - 2).map((line) => `  ${line}`);

  return merits === undefined
    ? [
        strong("first noticed by"),
        ...said([...first].map(([id, count]) => `${id} ${count}`).join(", ")),
        ...(tried.some(({ fate }) => isHalfKnown(fate))
          ? said("--alone would tell which of them no other property notices.")
          : []),
      ]
    : [
        strong("noticed by each property"),
        ...tableOf(first, merits).map((line) => `  ${line}`),
        ...said("Alone: no other property noticed them, and without it they would survive."),
        ...(merits.never.length === 0
          ? []
          : said(`Nothing was noticed alone by ${merits.never.join(", ")}.`)),
      ];
}

function tableOf(first: ReadonlyMap<string, number>, { alone }: Merits): readonly string[] {
  const columns = [
    { head: "", end: "left" as const },
    { head: "first", end: "right" as const },
    { head: "alone", end: "right" as const },
  ];
  const rows = [...first].map(([id, count]) => [id, String(count), String(alone.get(id) ?? "")]);

  return formatPlainTable(columns, rows);
}
