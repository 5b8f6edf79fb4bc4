/** Replaces a column with one of the same table and type whose name differs in one word. */
import { getChildren } from "../../release/syntax.ts";
import { similarColumns } from "../columns.ts";
import { type Operator, replaced } from "../operator.ts";
import { findTokens } from "../sites.ts";

const table = "CREATE TABLE t (id INT, own_sum INT, own_used_sum INT, her_sum INT, own_name TEXT, sum_own DATE);";

export const similarColumn: Operator = {
  family: "name",
  sentence: "A column is mistaken for a similar one",
  *mutate(subject) {
    const variables = subject.variables.map(({ name }) => name);
    const written = findTokens(subject, "ResTarget").filter(
      ({ node }) => node.parent?.kind === "UpdateStmt" && node.field === "targetList",
    );
    for (const { node, fragment, at } of [...findTokens(subject, "ColumnRef"), ...written]) {
      // The last name of `table.column`.
      const names = node.kind === "ColumnRef" ? getChildren(node, "fields").length : 1;
      const token = fragment.tokens[at + (names - 1) * 2];
      const name = token?.text.toLowerCase() ?? "";
      if (token === undefined || (names === 1 && node.kind === "ColumnRef" && variables.includes(name))) continue;
      for (const other of similarColumns(name, subject.columns)) yield replaced(token, other);
    }
  },
  examples: {
    [`${table} UPDATE t SET own_sum = 1 WHERE t.her_sum > 2;`]: [
      `${table} UPDATE t SET her_sum = 1 WHERE t.her_sum > 2;`,
      `${table} UPDATE t SET own_used_sum = 1 WHERE t.her_sum > 2;`,
      `${table} UPDATE t SET own_sum = 1 WHERE t.own_sum > 2;`,
    ],
    [`${table} SELECT id, own_name, other FROM t`]: [],
  },
};
