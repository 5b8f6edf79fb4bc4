/**
 * A plan in words, and two outlines beside each other (pure): a reader need not know EXPLAIN to see where the work is.
 */
import { nodesOf } from "../bench/plans/explain.ts";
import type { Plan, PlanNode, Reading } from "../bench/plans/facts.ts";
import { numberOf } from "../bench/statement-lookup.ts";
import { column, columnsOf } from "./text-width.ts";

/** The plans of a reading as trees, those inside of functions after the one that calls them. */
export function plansInWords({ plan, inner = [] }: Reading): readonly string[] {
  const outer = plan === undefined ? [] : [["the statement itself:", ...treeOf(plan)]];

  return [...outer, ...inner.map((one) => [`inside of it, ${openingOf(one)}:`, ...treeOf(one)])].flat();
}

function openingOf({ sql = "" }: Plan): string {
  const line = sql.trim().replace(/\s+/g, " ");

  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

/** The node that touches the most by itself comes with a mark. */
function treeOf({ root }: Plan): readonly string[] {
  const heaviest = nodesOf(root).toSorted((one, other) => ownBuffers(other) - ownBuffers(one))[0];

  return linesOf(root, 1, heaviest);
}

function ownBuffers({ buffers, children }: PlanNode): number {
  return buffers - children.reduce((sum, child) => sum + child.buffers, 0);
}

function linesOf(node: PlanNode, depth: number, heaviest: PlanNode | undefined): readonly string[] {
  const mark = node === heaviest && ownBuffers(node) > 0 ? "  <- the most" : "";

  return [
    `${"  ".repeat(depth)}${wordsOf(node)}${mark}`,
    ...node.children.flatMap((child) => linesOf(child, depth + 1, heaviest)),
  ];
}

function wordsOf(node: PlanNode): string {
  const removed = node.rowsRemoved === 0 ? "" : `, ${counted(node.rowsRemoved, "row")} thrown away`;
  const loops = node.loops > 1 ? `, ${numberOf(node.loops)} times` : "";
  const off = node.qError >= 10 ? `, estimate ${numberOf(node.qError)} times off` : "";
  const spills = node.spills === true ? ", sorted on disk" : "";

  return `${doingOf(node)}: ${counted(node.rows, "row")}${removed}${loops}, ${counted(node.buffers, "buffer")}${off}${spills}`;
}

function doingOf({ type, relation, index, condition, filter }: PlanNode): string {
  const table = relation === undefined ? "" : ` ${relation}`;
  const where = filter === undefined ? "" : ` and tests ${filter}`;
  if (type === "Seq Scan") return `reads all of${table}${where}`;
  if (index !== undefined) {
    return `looks${table === "" ? "" : ` into${table}`} through ${index}${condition === undefined ? "" : ` by ${condition}`}${where}`;
  }

  return `${type}${table}${where}`;
}

function counted(count: number, what: string): string {
  return `${numberOf(count)} ${what}${count === 1 ? "" : "s"}`;
}

/** Two outlines beside each other, a mark between lines that differ. */
export function besideEachOther(before: readonly string[], after: readonly string[]): readonly string[] {
  const width = Math.max(6, ...before.map(columnsOf));
  const lines = Array.from({ length: Math.max(before.length, after.length) }, (_, index) => {
    const [left, right] = [before[index] ?? "", after[index] ?? ""];

    return `${column(left, width)}  ${left === right ? " " : "|"}  ${right}`.trimEnd();
  });

  return [`${column("before", width)}     now`, ...lines];
}
