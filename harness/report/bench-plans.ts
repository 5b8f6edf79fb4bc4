/**
 * Describes plans in words, and two outlines side by side (pure): a reader need not know EXPLAIN to see where the work
 * is.
 */
import { formatNumber } from "../bench/number-format.ts";
import { flattenPlan } from "../bench/plans/explain.ts";
import type { Measurement, PlanNode, QueryPlan } from "../bench/plans/facts.ts";
import { measureWidth, padText, truncate } from "./text-layout.ts";

const OPENING_COLUMNS = 60;

/** The plans of a measurement as trees, those inside functions after the plan of the call. */
export function describePlans({ plan, inner = [] }: Measurement): readonly string[] {
  const outer = plan === undefined ? [] : ["the statement itself:", ...describeTree(plan)];

  return [
    ...outer,
    ...inner.flatMap((one) => {
      const sql = (one.sql ?? "").trim().replace(/\s+/g, " ");

      return [`inside it, ${truncate(sql, OPENING_COLUMNS)}:`, ...describeTree(one)];
    }),
  ];
}

/** Marks the node that touches the most buffers by itself. */
function describeTree({ root }: QueryPlan): readonly string[] {
  const [heaviest] = flattenPlan(root).toSorted((one, other) => ownBuffers(other) - ownBuffers(one));

  return describeNode(root, 1, heaviest);
}

function ownBuffers({ buffers, children }: PlanNode): number {
  return buffers - children.reduce((sum, child) => sum + child.buffers, 0);
}

function describeNode(node: PlanNode, depth: number, heaviest: PlanNode | undefined): readonly string[] {
  const mark = node === heaviest && ownBuffers(node) > 0 ? "  <- the most" : "";
  const figures = [
    formatNoun(node.rows, "row"),
    ...(node.rowsRemoved === 0 ? [] : [`${formatNoun(node.rowsRemoved, "row")} discarded`]),
    ...(node.loops > 1 ? [`${formatNumber(node.loops)} times`] : []),
    formatNoun(node.buffers, "buffer"),
    ...(node.qError >= 10 ? [`estimate ${formatNumber(node.qError)} times off`] : []),
    ...(node.spills ? ["sorted on disk"] : []),
  ];

  return [
    `${"  ".repeat(depth)}${describeOperation(node)}: ${figures.join(", ")}${mark}`,
    ...node.children.flatMap((child) => describeNode(child, depth + 1, heaviest)),
  ];
}

function describeOperation({ type, relation, index, condition, filter }: PlanNode): string {
  const table = relation === undefined ? "" : ` ${relation}`;
  const where = filter === undefined ? "" : ` and tests ${filter}`;
  if (type === "Seq Scan") return `reads all of${table}${where}`;
  if (index === undefined) return `${type}${table}${where}`;
  const by = condition === undefined ? "" : ` by ${condition}`;

  return `looks${table === "" ? "" : ` into${table}`} through ${index}${by}${where}`;
}

function formatNoun(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Two outlines side by side, with a mark between lines that differ. */
export function formatSideBySide(before: readonly string[], after: readonly string[]): readonly string[] {
  const width = Math.max(6, ...before.map(measureWidth));
  const lines = Array.from({ length: Math.max(before.length, after.length) }, (_, index) => {
    const [left, right] = [before[index] ?? "", after[index] ?? ""];

    return `${padText(left, width)}  ${left === right ? " " : "|"}  ${right}`.trimEnd();
  });

  return [`${padText("before", width)}     now`, ...lines];
}
