/**
 * The mutants of a release for a reader: who survived, as a diff with whom it ought to have been noticed by, then the
 * tables, and the score last, where the eye is when the run ends (pure).
 */
import { structuredPatch } from "diff";
import type { Absent } from "../mutation/dry-run.ts";
import { listedSteps } from "../mutation/lists.ts";
import { edited } from "../mutation/mutant.ts";
import type { Tried } from "../mutation/mutant-status.ts";
import type { Spent } from "../mutation/profile.ts";
import { computeScore, expectedKillers, type MutationScore, reachesScore } from "../mutation/score.ts";
import type { Release } from "../release/release.ts";
import { pluralize } from "../text/pluralize.ts";
import { printable } from "../text/sanitize.ts";
import { percent, scoreTables } from "./mutation-tables.ts";
import { formatPlainTable } from "./plain-table.ts";
import { createPaints, type Paints, type Style } from "./style.ts";
import { wrapText } from "./text-layout.ts";
import { meritLines } from "./unique-kills-table.ts";

export interface MutationRun {
  readonly release: Release;
  readonly tried: readonly Tried[];
  /** The ids of the properties that were asked, in the order of their rules. */
  readonly asked: readonly string[];
  readonly absent: readonly Absent[];
  /** Ids that mutants.json lists, and of which there is no mutant any more: the run fails. */
  readonly stale: readonly string[];
  readonly seed: number;
  readonly durationMs: number;
  /** Of that, from the first mutant on. */
  readonly tryingMs: number;
  /** Where the time went, if that is asked for. */
  readonly spent?: readonly Spent[];
  /** The score below which the run fails, 0 to 1. */
  readonly scoreMin?: number;
}

const CONTEXT_LINES = 2;

/** The whole run, ended by a line feed. */
export function formatMutationRun(run: MutationRun, style: Style): string {
  const paints = createPaints(style);
  if (run.tried.length === 0) {
    const sentence = `${printable(run.release.name)}: nothing that can be mutated changed, and nothing was mutated.`;

    return `${[sentence, ...staleLines(run, paints)].join("\n")}\n`;
  }
  const { tried, asked } = run;
  const parts = [
    ...tried.filter(({ fate }) => fate.status === "survived").map((one) => survivorLines(one, run, style)),
    ...otherLines(tried, "trouble", "The harness came to grief over", paints),
    ...otherLines(tried, "limit", "Noticed by the limit alone, which a statement ran into", paints),
    ...equivalentLines(tried, style),
    ...absentLines(run, style),
    ...scoreTables(tried, asked, style),
    meritLines(tried, asked, style),
    spentLines(run, style),
    [...closing(run, style), ...staleLines(run, paints)],
  ];

  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function survivorLines(one: Tried, { release, tried }: MutationRun, style: Style): readonly string[] {
  const { strong, faint } = createPaints(style);
  const { mutant } = one;
  const ought = expectedKillers(one, tried);

  return [
    strong(`survived: ${mutant.id} ${printable(mutant.description)}`),
    faint(
      `${mutant.step}:${mutant.line}${mutant.object === undefined ? "" : `, in ${printable(mutant.object)}`}`,
    ),
    ...diffOf(one, release, style),
    ought.length === 0
      ? "nobody noticed anything in this place"
      : `ought to have been noticed by ${ought.join(", ")}`,
  ];
}

/** What the mutant changes, as one reads a change. */
function diffOf({ mutant }: Tried, release: Release, style: Style): readonly string[] {
  const { bad, good } = createPaints(style);
  const source = listedSteps(release).find(({ step }) => step.path === mutant.step)?.step.source ?? "";
  const { hunks } = structuredPatch("", "", source, edited(source, mutant.edits), "", "", {
    context: CONTEXT_LINES,
  });
  const paintOf = (line: string): string =>
    line.startsWith("-")
      ? bad(printable(line))
      : line.startsWith("+")
        ? good(printable(line))
        : printable(line);

  return hunks.flatMap(({ lines }) => lines.map((line) => `  ${paintOf(line)}`));
}

function otherLines(
  tried: readonly Tried[],
  status: "trouble" | "limit",
  title: string,
  { doubtful }: Paints,
): readonly (readonly string[])[] {
  const lines = tried.flatMap(({ mutant, fate }) =>
    fate.status === status
      ? [`  ${mutant.id} ${mutant.step}:${mutant.line} ${fate.by}: ${printable(fate.message)}`]
      : [],
  );

  return lines.length === 0 ? [] : [[doubtful(title), ...lines]];
}

/** Each reason once, with the mutants that it is the reason for. */
function equivalentLines(tried: readonly Tried[], style: Style): readonly (readonly string[])[] {
  const reasons = new Map<string, string[]>();
  for (const { mutant, fate } of tried) {
    if (fate.status === "equivalent") {
      reasons.set(fate.because, [...(reasons.get(fate.because) ?? []), mutant.id]);
    }
  }
  const width = style.width - 2;
  const lines = [...reasons].flatMap(([because, ids]) => [
    ...wrapText(printable(because), width).map((line) => `  ${line}`),
    ...wrapText(ids.join(" "), width - 2).map((line) => `    ${line}`),
  ]);

  return lines.length === 0 ? [] : [["Equivalent, and not counted", ...lines]];
}

function absentLines({ absent }: MutationRun, style: Style): readonly (readonly string[])[] {
  const { doubtful } = createPaints(style);

  return absent.length === 0
    ? []
    : [
        [
          doubtful("Could not be asked"),
          ...absent.map(({ property, reason }) => `  ${property}: ${printable(reason)}`),
        ],
      ];
}

function staleLines({ release, stale }: MutationRun, { bad }: Paints): readonly string[] {
  return stale.length === 0 ? [] : [bad(`${staleText(release, stale)}.`), "The exit code is 1 until then."];
}

/** What is wrong with mutants.json, and what to do about it. */
export function staleText({ name }: Release, ids: readonly string[]): string {
  return (
    `mutants.json is stale: it lists what is no mutant of ${printable(name)} any more, since the statements have changed; ` +
    `remove ${ids.join(", ")}`
  );
}

const SPENT_MAX = 15;

function spentLines({ spent, durationMs }: MutationRun, style: Style): readonly string[] {
  if (spent === undefined) {
    return [];
  }
  const rows = spent
    .slice(0, SPENT_MAX)
    .map(({ what, times, ms }) => [
      what,
      `${times} times`,
      `${(ms / 1000).toFixed(1)} s`,
      `${(ms / times).toFixed(0)} ms each`,
    ]);
  const columns = ["left", "right", "right", "right"].map((end) => ({
    head: "",
    end: end as "left" | "right",
  }));
  const title = `where the time went: ${(durationMs / 1000).toFixed(1)} s, several at work at the same time`;

  return [createPaints(style).strong(title), ...formatPlainTable(columns, rows).map((line) => `  ${line}`)];
}

function closing(
  { release, tried, seed, durationMs, tryingMs, scoreMin }: MutationRun,
  style: Style,
): readonly string[] {
  const { strong, bad, good } = createPaints(style);
  const score = computeScore(release.name, tried);
  const enough = reachesScore(score, scoreMin);
  const asked = tried.filter(({ durationMs: taken }) => taken > 0).length;
  const rate = asked === 0 ? "" : `, ${(asked / (tryingMs / 1000)).toFixed(1)} a second`;
  const counted = countedOf(score);
  const said =
    counted === 0
      ? "no mutant counts"
      : `${percent(score.share)} of ${pluralize(counted, "mutant")} ${counted === 1 ? "was" : "were"} noticed`;
  const sentence = `${printable(release.name)}: ${said}`;

  return [
    strong((enough ? good : bad)(`${sentence}${enough ? "" : `, fewer than ${percent(scoreMin ?? 0)}`}.`)),
    `${pluralize(tried.length, "mutant")}, ${asked} of them tried now${rate}; seed ${seed}, ${(durationMs / 1000).toFixed(1)} s`,
  ];
}

function countedOf({ counts }: MutationScore): number {
  return counts.killed + counts.limit + counts.survived + counts.trouble;
}
