/** Replaces a column with one of the same table and type whose name differs in one word. */
import { getChildren } from "../../release/syntax.ts";
import { similarColumns } from "../columns.ts";
import { type Operator, replaced } from "../operator.ts";
import { findNodes, type NodeSite } from "../sites.ts";
import type { SqlToken } from "../tokens.ts";

const table = "CREATE TABLE t (id INT, own_sum INT, own_used_sum INT, her_sum INT, own_name TEXT, sum_own DATE);";

export const similarColumn: Operator = {
  family: "name",
  sentence: "A column is mistaken for a similar one",
  *mutate(subject) {
    const variables = subject.variables.map(({ name }) => name);
    const written = findNodes(subject, "ResTarget").filter(
      ({ node }) => node.parent?.kind === "UpdateStmt" && node.field === "targetList",
    );
    for (const site of [...findNodes(subject, "ColumnRef"), ...written]) {
      const token = nameToken(site);
      const name = token?.text.toLowerCase() ?? "";
      if (token === undefined || (getChildren(site.node, "fields").length === 1 && variables.includes(name))) continue;
      for (const other of similarColumns(name, subject.columns)) yield replaced(token, other);
    }
  },
  examples: {
    makes: {
      [`${table} UPDATE t SET own_sum = 1 WHERE t.her_sum > 2;`]: [
        `${table} UPDATE t SET her_sum = 1 WHERE t.her_sum > 2;`,
        `${table} UPDATE t SET own_used_sum = 1 WHERE t.her_sum > 2;`,
        `${table} UPDATE t SET own_sum = 1 WHERE t.own_sum > 2;`,
      ],
    },
    leaves: [`${table} SELECT id, own_name, other FROM t`],
  },
};

/** The last name of `table.column`. */
function nameToken({ node, fragment }: NodeSite): SqlToken | undefined {
  const names = node.kind === "ColumnRef" ? getChildren(node, "fields").length : 1;
  const at = fragment.tokenAt(node.at);

  return at === -1 ? undefined : fragment.tokens[at + (names - 1) * 2];
}
