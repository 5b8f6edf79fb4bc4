/**
 * Reduces plans to their shape: node types, tables and indexes without numbers (pure). Two plans of one shape do the
 * same work in the same way.
 */
import type { PlanShape } from "../gate.ts";
import { flattenPlan } from "./explain.ts";
import type { ForcedIndexPlan, Measurement, PlanNode, QueryPlan } from "./facts.ts";

/** One line per node, indented by two spaces per level. */
export function formatOutline(plan: QueryPlan): readonly string[] {
  return formatNode(plan.root, 0);
}

function formatNode(node: PlanNode, depth: number): readonly string[] {
  const table = node.relation === undefined ? "" : ` on ${node.relation}`;
  const index = node.index === undefined ? "" : ` using ${node.index}`;

  return [
    `${"  ".repeat(depth)}${node.type}${index}${table}`,
    ...node.children.flatMap((child) => formatNode(child, depth + 1)),
  ];
}

/** The plan of a measurement and the plans inside its functions. */
type Plans = Pick<Measurement, "plan" | "inner">;

export function listPlans({ plan, inner = [] }: Plans): readonly QueryPlan[] {
  return plan === undefined ? inner : [plan, ...inner];
}

/** The outlines of all plans, separated by empty lines. */
export function outlineMeasurement(plans: Plans): readonly string[] {
  return listPlans(plans)
    .map(formatOutline)
    .flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}

export function listPlanNodes(plans: Plans): readonly PlanNode[] {
  return listPlans(plans).flatMap(({ root }) => flattenPlan(root));
}

/** How the plans differ from the expected shape, one sentence each. */
export function findShapeViolations(plans: Plans, { uses = [], never = [] }: PlanShape): readonly string[] {
  const nodes = listPlanNodes(plans);
  const used = listUsedIndexes(plans);
  const unwanted = nodes
    .filter(({ type }) => never.includes(type))
    .map(({ type, relation }) => `there is a ${relation ? `${type} on ${relation}` : type}`);

  return [
    ...uses.filter((index) => !used.has(index)).map((index) => `no plan uses the index ${index}`),
    ...new Set(unwanted),
  ];
}

/** Whether the expected indexes could serve but would touch no fewer buffers, as on a table of a page or two. */
export function isScanCheaper({ counts: { buffers }, forced }: Measurement): boolean {
  return forced?.hasShape === true && buffers !== undefined && buffers <= forced.buffers;
}

/** Describes the plans that were made with sequential scans disabled. */
export function describeForcedPlan(plans: Plans, shape: PlanShape, buffers: number): ForcedIndexPlan {
  return { indexes: [...listUsedIndexes(plans)], buffers, hasShape: findShapeViolations(plans, shape).length === 0 };
}

export function listUsedIndexes(plans: Plans): ReadonlySet<string> {
  return new Set(listPlanNodes(plans).flatMap(({ index }) => index ?? []));
}
