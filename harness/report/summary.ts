/**
 * Formats a run in few lines: one for each release, and one for each of its violated rules. Both releases of this
 * repository fit one screen together.
 */
import type { PropertyResult, ReleaseResult } from "../property/verdict.ts";
import { pluralize } from "../text/pluralize.ts";
import { sanitize } from "../text/sanitize.ts";
import { classifyVerdict, filterByStatus, findWorstStatus, type VerdictStatus } from "./exit-status.ts";
import { splitKinds } from "./kinds.ts";
import { createPaints, getPaint, type Style } from "./style.ts";
import { measureWidth, padText, truncate, wrapText } from "./text-layout.ts";

type Nouns = readonly [string, string];

const MARKS: Readonly<Record<VerdictStatus, string>> = {
  held: "✓",
  known: "!",
  violated: "✗",
  stale: "✗",
  unknown: "?",
};

/**
 * One line, or several where it does not fit.
 * @param names those of all releases of the run, for the alignment
 * @param nouns what the verdicts are of
 */
export function formatReleaseLines(
  { name, properties }: Pick<ReleaseResult, "name" | "properties">,
  names: readonly string[],
  style: Style,
  nouns: Nouns = ["property", "properties"],
): string[] {
  const paints = createPaints(style);
  const status = properties.some(({ blocked }) => blocked === true) ? "violated" : findWorstStatus(properties);
  const counts = `${pluralize(properties.length, ...nouns)}: ${formatVerdicts(properties)}`;
  const columns = Math.max(...names.map((one) => measureWidth(sanitize(one))));
  const mark = getPaint(status, paints)(MARKS[status]);
  if (columns + measureWidth(counts) + 4 <= style.width) {
    return [`${mark} ${paints.strong(padText(sanitize(name), columns))}  ${counts}`];
  }

  return wrapText(`${sanitize(name)}: ${counts}`, style.width - 2).map(
    (line, index) => `${index === 0 ? mark : " "} ${line}`,
  );
}

/** A line for each violated rule: the number of its kinds of failures, and what the first of them got. */
export function formatRuleLines({ properties }: ReleaseResult, style: Style): string[] {
  const paints = createPaints(style);
  const violated = properties.filter(({ verdict }) => verdict === "violated");
  const rules = [...new Set(violated.map(({ rule }) => rule))].map((rule) => {
    const results = violated.filter((result) => result.rule === rule);
    const kinds = results.flatMap(splitKinds);
    const fresh = kinds.find((result) => classifyVerdict(result) === "violated");
    const label = `${sanitize(rule)} (${kinds.length})`;
    const [first] = results;
    const got = fresh?.violation?.got ?? first?.counted ?? first?.violation?.got ?? "violated";

    return { label, isNew: fresh !== undefined, got };
  });
  const labels = Math.max(0, ...rules.map(({ label }) => measureWidth(label)));

  const fits = rules.length <= RULE_LINES_MAX;
  const isShort = ({ isNew }: (typeof rules)[number], index: number) => !fits && !isNew && index >= RULE_LINES_MAX - 1;
  const lines = rules
    .filter((rule, index) => !isShort(rule, index))
    .map(({ label, isNew, got }) => {
      const paint = getPaint(isNew ? "violated" : "known", paints);
      const text = `${isNew ? "NEW: " : ""}${abridge(sanitize(got), style.width - labels - (isNew ? 9 : 4))}`;

      return `  ${paint(padText(label, labels))}  ${text}`;
    });
  const others = rules.filter(isShort).map(({ label }) => label);

  const wrapped = others.length === 0 ? [] : wrapText(others.join(", "), style.width - 2);

  return [...lines, ...wrapped.map((line) => `  ${paints.doubtful(line)}`)];
}

/** More rules than these are listed without what they got, so that a run fits one screen. */
const RULE_LINES_MAX = 28;

/**
 * The text in one line. What says least is left out first: a parenthesis at the end, such as the SQLSTATE, then further
 * locations, clauses and sentences, and last the middle, since it is at their ends that messages differ.
 */
export function abridge(text: string, columns: number): string {
  const attempts: ((shorter: string) => string)[] = [
    (shorter) => shorter.replace(/ \([^()]*\)$/, ""),
    (shorter) => shorter.replace(/^(\S+:\d+)(?:, \S+:\d+)+: /, "$1, …: "),
    (shorter) => shorter.replace(/(?<=[\w)"]); .*/s, "; …"),
    (shorter) => shorter.replace(/(?<=[\w)"])\. (?=[A-Z0-9]).*/s, ". …"),
    (shorter) => shorter.replace(/ \([^()]*\)(?=[.;] …$)/, ""),
  ];
  let shorter = text;
  for (const attempt of attempts) if (measureWidth(shorter) > columns) shorter = attempt(shorter);

  return truncate(shorter, columns, "middle");
}

/** Such as "86 properties of 51 rules: 44 held, 42 violated (all known)". */
export function formatVerdictCounts(
  results: readonly PropertyResult[],
  nouns: Nouns = ["property", "properties"],
): string {
  const rules = new Set(results.map(({ rule }) => rule)).size;
  const counted = `${pluralize(results.length, ...nouns)} of ${pluralize(rules, "rule")}`;

  return `${counted}: ${formatVerdicts(results)}`;
}

function formatVerdicts(results: readonly PropertyResult[]): string {
  const count = (status: VerdictStatus) => filterByStatus(results, status).length;
  const [fresh, unknown] = [count("violated"), count("unknown")];
  const held = results.filter(({ verdict }) => verdict === "held").length;
  const stale = held - count("held");
  const violated = results.filter(({ verdict }) => verdict === "violated");
  const kinds = violated.flatMap(splitKinds).length;
  const inKinds = kinds > violated.length ? ` in ${kinds} kinds` : "";
  const parts = [
    `${held} held${stale > 0 ? ` (${stale} stale)` : ""}`,
    ...(violated.length > 0
      ? [`${violated.length} violated${inKinds} (${fresh === 0 ? "all known" : `${fresh} new`})`]
      : []),
    ...(unknown > 0 ? [`${unknown} UNKNOWN`] : []),
  ];

  return parts.join(", ");
}
