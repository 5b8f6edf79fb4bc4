/**
 * Parses the JSON of EXPLAIN (pure). Unknown keys are ignored, since each version adds some, but a plan that cannot be
 * read is an error, never a plan without counts.
 */
import * as v from "valibot";
import { HarnessError } from "../../errors.ts";
import type { Counts, PlanNode, QueryPlan } from "./facts.ts";

const count = v.optional(v.number(), 0);

const nodeSchema = v.looseObject({
  "Node Type": v.string(),
  Operation: v.optional(v.string()),
  "Relation Name": v.optional(v.string()),
  "Index Name": v.optional(v.string()),
  "Index Cond": v.optional(v.string()),
  "Recheck Cond": v.optional(v.string()),
  Filter: v.optional(v.string()),
  "Sort Space Type": v.optional(v.string()),
  "Plan Rows": v.number(),
  "Total Cost": v.optional(v.number()),
  "Actual Rows": v.optional(v.number()),
  "Actual Loops": count,
  "Rows Removed by Filter": count,
  "Rows Removed by Join Filter": count,
  "Rows Removed by Index Recheck": count,
  "Shared Hit Blocks": count,
  "Shared Read Blocks": count,
  "Shared Dirtied Blocks": count,
  "Temp Read Blocks": count,
  "Temp Written Blocks": count,
  "WAL Records": count,
  "WAL Bytes": count,
  Plans: v.optional(v.array(v.unknown()), []),
});
type ExplainNode = v.InferOutput<typeof nodeSchema>;

const explainSchema = v.looseObject({ Plan: v.unknown(), "Query Text": v.optional(v.string()) });

/**
 * Parses the output of `EXPLAIN (FORMAT JSON)`, or a plan of auto_explain.
 * @throws HarnessError if the text is no such plan
 */
export function parsePlan(text: string): QueryPlan {
  try {
    const parsed: unknown = JSON.parse(text);
    const { Plan, "Query Text": sql } = v.parse(explainSchema, Array.isArray(parsed) ? parsed[0] : parsed);
    const top = v.parse(nodeSchema, Plan);
    const root = parseNode(top);

    return { sql, root, cost: top["Total Cost"], counts: countPlan(top, flattenPlan(root)) };
  } catch (error) {
    throw new HarnessError(
      "The output of EXPLAIN is not a plan",
      "Check that the server is PostgreSQL 13 or later",
      error,
    );
  }
}

/** The node and its descendants, in preorder. */
export function flattenPlan(root: PlanNode): readonly PlanNode[] {
  return [root, ...root.children.flatMap(flattenPlan)];
}

/** Rows are rounded, because the server rounds rows per loop to hundredths. */
function countPlan(top: ExplainNode, nodes: readonly PlanNode[]): Counts {
  return {
    rows: Math.round((top["Actual Rows"] ?? 0) * top["Actual Loops"]),
    rowsRemoved: Math.round(nodes.reduce((sum, { rowsRemoved }) => sum + rowsRemoved, 0)),
    qError: readsOnlyCatalogs(nodes) ? 1 : Math.max(...nodes.map(({ qError }) => qError)),
    buffers: top["Shared Hit Blocks"] + top["Shared Read Blocks"],
    buffersRead: top["Shared Read Blocks"],
    dirtied: top["Shared Dirtied Blocks"],
    tempBlocks: top["Temp Written Blocks"],
    walRecords: top["WAL Records"],
    walBytes: top["WAL Bytes"],
  };
}

/** The rows of the system catalogs, and so estimates of them, differ between builds of PostgreSQL. */
function readsOnlyCatalogs(nodes: readonly PlanNode[]): boolean {
  const relations = nodes.flatMap(({ relation }) => relation ?? []);

  return relations.length > 0 && relations.every((relation) => relation.startsWith("pg_"));
}

function parseNode(raw: unknown): PlanNode {
  const node = v.parse(nodeSchema, raw);
  const loops = node["Actual Loops"];
  const removed =
    node["Rows Removed by Filter"] + node["Rows Removed by Join Filter"] + node["Rows Removed by Index Recheck"];

  return {
    type: node["Node Type"] === "ModifyTable" ? (node.Operation ?? "ModifyTable") : node["Node Type"],
    relation: node["Relation Name"],
    index: node["Index Name"],
    condition: node["Index Cond"] ?? node["Recheck Cond"],
    filter: node.Filter,
    spills: node["Sort Space Type"] === "Disk",
    rows: Math.round((node["Actual Rows"] ?? 0) * loops),
    loops,
    rowsRemoved: Math.round(removed * loops),
    buffers: node["Shared Hit Blocks"] + node["Shared Read Blocks"],
    qError: computeQError(node),
    children: node.Plans.map(parseNode),
  };
}

/** Both numbers count as at least 1: an estimate of one row is not wrong if none comes. */
function computeQError(node: ExplainNode): number {
  const { "Actual Rows": actual, "Actual Loops": loops, Operation: operation } = node;
  if (actual === undefined || loops === 0 || operation !== undefined) return 1;
  const [one, other] = [Math.max(1, node["Plan Rows"]), Math.max(1, actual)];

  return Math.round(Math.max(one / other, other / one) * 100) / 100;
}
