/**
 * Formats the results of gates: a table of all with counts, limits, growth and time, and each in full (pure).
 */

import type { IndexStudy } from "../bench/indexes.ts";
import type { Budget } from "../bench/load-gates.ts";
import { formatCount, formatElapsed } from "../bench/number-format.ts";
import { type CountName, GROWTH_COUNTS, type MeasuredSubject } from "../bench/plans/facts.ts";
import { listPlanNodes, listPlans } from "../bench/plans/shape.ts";
import { measureJudgedGrowth } from "../bench/projection.ts";
import type { GateResult } from "../bench/result.ts";
import { sanitize, sanitizeLines } from "../text/sanitize.ts";
import { describePlans } from "./bench-plans.ts";
import { classifyVerdict } from "./exit-status.ts";
import { formatPlainTable } from "./plain-table.ts";
import { statusLabels } from "./rules-table.ts";
import { createPaints, getPaint, type Style } from "./style.ts";
import { wrapText } from "./text-layout.ts";
import { formatField } from "./violation-text.ts";

const UNITS: Readonly<Record<CountName, string>> = {
  rows: "rows",
  rowsRemoved: "filtered",
  qError: "times off",
  statements: "statements inside",
  buffers: "buffers",
  buffersRead: "read",
  dirtied: "dirtied",
  tempBlocks: "spilled",
  walRecords: "WAL records",
  walBytes: "WAL",
  passes: "passes",
  indexWrites: "index entries",
  hotShare: "heap-only",
};
const COUNT_NAMES = Object.keys(UNITS) as CountName[];

/** Shown of every gate, also without a limit. */
const ALWAYS_SHOWN: readonly CountName[] = ["buffers", "walBytes"];

/** A line for each gate, and its counts and indexes below. */
export function formatGateTable(gates: readonly GateResult[], style: Style): readonly string[] {
  const { faint } = createPaints(style);
  const head = ["gate", "verdict", "growth", "time"].map((text) => ({ head: text, end: "left" as const }));
  const rows = gates.map((gate) => [
    gate.id,
    statusLabels[classifyVerdict(gate)],
    formatGrowthExponent(gate),
    formatGateTime(gate),
  ]);

  return formatPlainTable(head, rows).flatMap((line, index) => {
    const gate = gates[index - 1];
    if (gate === undefined) return [faint(`  ${line}`)];
    const below = [formatGateCounts(gate), formatUsedPlans(gate)].filter((text) => text !== "").join("; ");

    return [
      getPaint(classifyVerdict(gate), createPaints(style))(`  ${line}`),
      ...(below === "" ? [] : wrapText(sanitize(below), style.width - 6)).map((text) => faint(`      ${text}`)),
    ];
  });
}

/** All facts of one gate, in lines. */
export function formatGate(result: GateResult, style: Style): readonly string[] {
  const { violations, because, notes, purpose } = result;
  const [first] = violations;
  const plans = first?.measurement === undefined ? [] : describePlans(first.measurement);

  return [
    ...violations.flatMap(({ subject, expected, got }, index) => [
      ...formatField("subject", subject, style),
      ...(violations[index - 1]?.expected === expected ? [] : formatField("expected", expected, style)),
      ...formatField("got", got, style),
    ]),
    ...formatField("budget", purpose, style),
    ...formatField("cause", because, style),
    ...(first === undefined ? [] : formatField("hint", `${first.hint}.`, style)),
    ...plans.flatMap((line) => sanitizeLines(line).map((text) => `      ${text}`)),
    ...notes.flatMap((note) => formatField("note", note, style)),
  ];
}

/** `4 of 4 buffers, 0 of 0 spilled`: the worst of all subjects at the largest size, and the limit. */
function formatGateCounts({ subjects, budget, indexes }: GateResult): string {
  if (indexes !== undefined) return formatIndexCounts(indexes);
  const limited = COUNT_NAMES.filter((name) => findLimit(budget, name) !== undefined);
  const counts = [...new Set([...limited, ...ALWAYS_SHOWN])].flatMap((name) => {
    const worst = findWorst(subjects, name);
    const limit = findLimit(budget, name);
    if (worst === undefined || (limit === undefined && worst === 0)) return [];
    const ofLimit = limit === undefined ? "" : ` of ${formatCount(name, limit)}`;

    return `${formatCount(name, worst)}${ofLimit} ${UNITS[name]}`;
  });

  return counts.join(", ");
}

function formatIndexCounts({ indexes, workload }: IndexStudy): string {
  const chosen = indexes.filter(({ chosenBy }) => chosenBy.length > 0).length;
  const counts = (["walBytes", "hotShare", "indexWrites"] as const).flatMap((name) => {
    const value = workload[name];

    return value === undefined ? [] : `${formatCount(name, value)} ${UNITS[name]}`;
  });

  return `${chosen} of ${indexes.length} indexes chosen; per call: ${counts.join(", ")}`;
}

function findLimit(budget: Budget, name: CountName): number | undefined {
  const limits: Readonly<Record<string, number | undefined>> = budget;

  return limits[`${name}Max`] ?? limits[`${name}Min`];
}

function findWorst(subjects: readonly MeasuredSubject[], name: CountName): number | undefined {
  const values = subjects.flatMap(({ measurements }) => measurements.at(-1)?.counts[name] ?? []);
  if (values.length === 0) return undefined;

  return name === "hotShare" ? Math.min(...values) : Math.max(...values);
}

/** `0.06 of 0.1` */
function formatGrowthExponent(result: GateResult): string {
  const { growthMax } = result.budget;
  const ofLimit = growthMax === undefined ? "" : ` of ${growthMax}`;

  const exponent = findWorstGrowth(result);

  return exponent === undefined ? "" : `${exponent.toFixed(2)}${ofLimit}`;
}

/** The largest scaling exponent of any count of any subject. */
export function findWorstGrowth({ subjects, gate, budget }: GateResult): number | undefined {
  const exponents = subjects.flatMap((subject) =>
    GROWTH_COUNTS.flatMap(
      (name) => measureJudgedGrowth(subject, name, gate.subjects.kind, budget.growthMax)?.exponent ?? [],
    ),
  );

  return exponents.length === 0 ? undefined : Math.max(...exponents);
}

/** An interval at a million rows, a multiple of the reference, or else the measured time. */
function formatGateTime({ ratio, projection, budget, subjects }: GateResult): string {
  const ofRatio = budget.ratioMax === undefined ? "" : ` of ${budget.ratioMax}`;
  const ofWindow = budget.windowMinutes === undefined ? "" : ` of ${budget.windowMinutes} min`;
  const judged = [
    ...(projection === undefined
      ? []
      : [`${formatElapsed(projection.lowMs)} to ${formatElapsed(projection.highMs)}${ofWindow} at 1 million`]),
    ...(ratio === undefined ? [] : [`${ratio.ratio.toFixed(2)}${ofRatio}× reference`]),
  ];
  if (judged.length > 0) return judged.join(", ");
  const last = subjects.map(({ measurements }) => measurements.at(-1)?.durationMs ?? 0);

  return last.length === 0 ? "" : formatElapsed(Math.max(...last));
}

/** The indexes and scans of the plans at the largest size: `organizations_pkey`, `Seq Scan on organizations`. */
function formatUsedPlans({ subjects }: GateResult): string {
  const scans = subjects
    .flatMap(({ measurements }) => measurements.at(-1) ?? [])
    .filter((measurement) => listPlans(measurement).length > 0)
    .flatMap(listPlanNodes)
    .flatMap(({ type, relation, index }) => {
      if (index !== undefined) return [index];

      return relation !== undefined && type.endsWith("Scan") ? [`${type} on ${relation}`] : [];
    });
  const all = [...new Set(scans.filter((scan) => !/\bpg_/.test(scan)))];

  return all.length > 3 ? `${all.slice(0, 3).join(", ")}, and ${all.length - 3} more` : all.join(", ");
}
