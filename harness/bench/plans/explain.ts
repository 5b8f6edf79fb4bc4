/**
 * EXPLAIN's JSON as facts (pure). It is read loosely, since each version adds keys, but what the facts rest on must be
 * there: a plan that cannot be read is trouble, never a plan without counts.
 */
import * as v from "valibot";
import { HarnessError } from "../../errors.ts";
import type { Counts, Plan, PlanNode } from "./facts.ts";

const count = v.optional(v.number(), 0);

/** A node as EXPLAIN has it; its counts include those of its children. */
interface RawNode {
  readonly [key: string]: unknown;
  readonly Plans?: readonly RawNode[] | undefined;
}

const node = v.looseObject({
  "Node Type": v.string(),
  Operation: v.optional(v.string()),
  "Relation Name": v.optional(v.string()),
  "Index Name": v.optional(v.string()),
  "Index Cond": v.optional(v.string()),
  "Recheck Cond": v.optional(v.string()),
  Filter: v.optional(v.string()),
  "Sort Space Type": v.optional(v.string()),
  "Plan Rows": v.number(),
  "Actual Rows": v.optional(v.number()),
  "Actual Loops": v.optional(v.number()),
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
  Plans: v.optional(v.array(v.custom<RawNode>((value) => typeof value === "object" && value !== null))),
});
type Node = v.InferOutput<typeof node>;

const explained = v.looseObject({ Plan: v.unknown(), "Query Text": v.optional(v.string()) });

/**
 * The plan in the text of `EXPLAIN (FORMAT JSON)` or in a plan of auto_explain.
 * @throws HarnessError where the text is no such plan
 */
export function readPlan(text: string): Plan {
  try {
    const parsed: unknown = JSON.parse(text);
    const { Plan: root, "Query Text": sql } = v.parse(explained, Array.isArray(parsed) ? parsed[0] : parsed);
    const top = v.parse(node, root);
    const tree = nodeOf(top);
    const all = nodesOf(tree);

    return {
      ...(sql === undefined ? {} : { sql }),
      root: tree,
      counts: countsOf(top, all),
    };
  } catch (error) {
    throw new HarnessError(
      "EXPLAIN answered with something that is no plan",
      "Check that the server is a PostgreSQL of version 13 or later",
      error,
    );
  }
}

/** The node and all below it, the node first. */
export function nodesOf(root: PlanNode): readonly PlanNode[] {
  return [root, ...root.children.flatMap(nodesOf)];
}

function countsOf(top: Node, all: readonly PlanNode[]): Counts {
  return {
    rows: round((top["Actual Rows"] ?? 0) * (top["Actual Loops"] ?? 0)),
    rowsRemoved: round(all.reduce((sum, { rowsRemoved }) => sum + rowsRemoved, 0)),
    qError: isOfTheServer(all) ? 1 : Math.max(...all.map(({ qError }) => qError)),
    buffers: top["Shared Hit Blocks"] + top["Shared Read Blocks"],
    buffersRead: top["Shared Read Blocks"],
    dirtied: top["Shared Dirtied Blocks"],
    tempBlocks: top["Temp Written Blocks"],
    walRecords: top["WAL Records"],
    walBytes: top["WAL Bytes"],
  };
}

/**
 * Whether the plan reads nothing but the system catalogs. How much is in them, and so how far an estimate is off, differs
 * from one build of PostgreSQL to the next: it says nothing of a release.
 */
function isOfTheServer(all: readonly PlanNode[]): boolean {
  const read = all.flatMap(({ relation }) => relation ?? []);

  return read.length > 0 && read.every((relation) => relation.startsWith("pg_"));
}

function nodeOf(raw: unknown): PlanNode {
  const found = v.parse(node, raw);
  const { Operation: operation, "Relation Name": relation, "Index Name": index, Filter: filter } = found;
  const condition = found["Index Cond"] ?? found["Recheck Cond"];
  const loops = found["Actual Loops"] ?? 0;
  const removed =
    found["Rows Removed by Filter"] +
    found["Rows Removed by Join Filter"] +
    found["Rows Removed by Index Recheck"];

  return {
    type: found["Node Type"] === "ModifyTable" && operation !== undefined ? operation : found["Node Type"],
    ...(relation === undefined ? {} : { relation }),
    ...(index === undefined ? {} : { index }),
    ...(condition === undefined ? {} : { condition }),
    ...(filter === undefined ? {} : { filter }),
    ...(found["Sort Space Type"] === "Disk" ? { spills: true } : {}),
    rows: round((found["Actual Rows"] ?? 0) * loops),
    loops,
    rowsRemoved: round(removed * loops),
    buffers: found["Shared Hit Blocks"] + found["Shared Read Blocks"],
    qError: qErrorOf(found),
    children: (found.Plans ?? []).map(nodeOf),
  };
}

/** Both numbers count as at least 1: between no row and one row there is no error worth telling. */
function qErrorOf(found: Node): number {
  const { "Actual Rows": actual, "Actual Loops": loops = 0, Operation: operation } = found;
  if (actual === undefined || loops === 0 || operation !== undefined) return 1;
  const [one, other] = [Math.max(1, found["Plan Rows"]), Math.max(1, actual)];

  return Math.round(Math.max(one / other, other / one) * 100) / 100;
}

/** The server rounds rows per loop to hundredths. */
function round(rows: number): number {
  return Math.round(rows);
}
