/** Keeps in one session what a migration does with a temporary table that outlives its transaction (pure). */
import type { TransactionMode } from "../release/release.ts";
import { getString } from "../release/syntax.ts";
import type { WrittenName } from "../release/targets/named-objects.ts";
import { isSameRelation, type SentStatement } from "./sent-statements.ts";

/** Statements that are applied together, and what surrounds them. */
export interface StatementBlock {
  readonly first: readonly string[];
  readonly statements: readonly SentStatement[];
  readonly last: readonly string[];
}

/** Blocks that are one step. */
export interface StatementGroup {
  readonly transaction: TransactionMode;
  readonly before: readonly string[];
  readonly blocks: readonly StatementBlock[];
}

/**
 * Joins the groups from the one that makes a temporary table to the last that names it: each step has a session of its own
 * in the state before a migration. Their transactions become BEGIN and COMMIT, except one that is shared with other
 * migrations, which leaves all groups as they are.
 */
export function joinTemporary(groups: readonly StatementGroup[]): readonly StatementGroup[] {
  const start = groups.findIndex((group, index) => findLastUse(groups, index, listTemporary(group)) > index);
  if (start === -1) return groups;
  let end = start;
  // What is between may make others, which are named later.
  for (let index = start; index <= end; index += 1) {
    end = Math.max(end, findLastUse(groups, index, listTemporary(groups[index])));
  }
  const joined = groups.slice(start, end + 1);
  if (joined.some(({ transaction }) => transaction === "run")) return groups;

  return [
    ...groups.slice(0, start),
    { transaction: "statement", before: [], blocks: joined.flatMap(toBlocks) },
    ...joinTemporary(groups.slice(end + 1)),
  ];
}

/** The position of the last group that names one of the relations; -1 if there is none. */
function findLastUse(groups: readonly StatementGroup[], from: number, names: readonly WrittenName[]): number {
  return groups.findLastIndex(
    (group, index) =>
      index > from &&
      listStatements(group).some(({ relations }) =>
        relations.some((one) => names.some((other) => isSameRelation({ name: one.name, within: undefined }, other))),
      ),
  );
}

function listStatements({ blocks }: StatementGroup): readonly SentStatement[] {
  return blocks.flatMap(({ statements }) => statements);
}

/** The temporary relations that it makes, and that do not end with their transaction. */
function listTemporary(group: StatementGroup | undefined): readonly WrittenName[] {
  const statements = group === undefined ? [] : listStatements(group);

  return statements.flatMap(({ nodes }) =>
    nodes.flatMap((node) => {
      const isTemporary = getString(node, "relpersistence") === "t" || getString(node, "schemaname") === "pg_temp";
      const { oncommit, onCommit = oncommit } = node.parent?.fields ?? {};
      const name = getString(node, "relname");

      return isTemporary && onCommit !== "ONCOMMIT_DROP" && name !== "" ? [{ within: undefined, name }] : [];
    }),
  );
}

function toBlocks({ transaction, before, blocks }: StatementGroup): readonly StatementBlock[] {
  const isTransaction = transaction !== "statement";

  return blocks.map((block, index) => ({
    first: [...(isTransaction ? ["BEGIN"] : []), ...(index === 0 ? before : []), ...block.first],
    statements: block.statements,
    last: [...block.last, ...(isTransaction ? ["COMMIT"] : [])],
  }));
}
