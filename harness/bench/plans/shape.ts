/**
 * The shape of a plan: node types, tables and indexes, without any number (pure). Two plans of one shape do the same
 * work in the same way; rules of a gate and the baseline speak of shapes.
 */

import type { Shape } from "../gate.ts";
import { nodesOf } from "./explain.ts";
import type { Plan, PlanNode, Reading, Served } from "./facts.ts";

/** The plan's outline, a line a node, two spaces further in for each level. */
export function outlineOf(plan: Plan): readonly string[] {
  return linesOf(plan.root, 0);
}

function linesOf(node: PlanNode, depth: number): readonly string[] {
  const table = node.relation === undefined ? "" : ` on ${node.relation}`;
  const index = node.index === undefined ? "" : ` using ${node.index}`;

  return [
    `${"  ".repeat(depth)}${node.type}${index}${table}`,
    ...node.children.flatMap((child) => linesOf(child, depth + 1)),
  ];
}

/** The outlines of a reading's plan and of the plans inside of its functions, told apart by an empty line. */
export function shapeOf(reading: Reading): readonly string[] {
  const plans = [...(reading.plan === undefined ? [] : [reading.plan]), ...(reading.inner ?? [])];

  return plans.map(outlineOf).flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}

/** The plans of a reading, those inside of functions included. */
type Plans = Pick<Reading, "plan" | "inner">;

/** All nodes of a reading's plans. */
export function allNodes({ plan, inner = [] }: Plans): readonly PlanNode[] {
  return [...(plan === undefined ? [] : [plan]), ...inner].flatMap(({ root }) => nodesOf(root));
}

/** What the plans of a reading have against the shape that is asked for, a sentence each. */
export function shapeFaults(plans: Plans, { uses = [], never = [] }: Shape): readonly string[] {
  const nodes = allNodes(plans);
  const used = new Set(nodes.map(({ index }) => index));
  const missing = uses.filter((index) => !used.has(index));
  const banned = nodes.filter(({ type }) => never.includes(type));

  return [
    ...missing.map((index) => `no plan uses the index ${index}`),
    ...[...new Set(banned.map(({ type, relation }) => (relation ? `${type} on ${relation}` : type)))].map(
      (found) => `there is a ${found}`,
    ),
  ];
}

/**
 * Whether the planner was right not to choose the indexes that are asked for: they could serve, and would touch no less.
 * So it is on a table of a page or two.
 */
export function isRightToScan({ counts: { buffers }, served }: Reading): boolean {
  return served?.inShape === true && buffers !== undefined && buffers <= served.buffers;
}

/** What became of the plans where sequential scans were forbidden. */
export function servedBy(plans: Plans, shape: Shape, buffers: number): Served {
  return { indexes: [...indexesOf(plans)], buffers, inShape: shapeFaults(plans, shape).length === 0 };
}

/** The indexes that the plans of a reading use. */
export function indexesOf(plans: Plans): ReadonlySet<string> {
  return new Set(allNodes(plans).flatMap(({ index }) => index ?? []));
}
