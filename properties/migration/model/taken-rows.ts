/** Makes statements that change rows such that the UPDATEs and DELETEs of a migration take some of them (pure). */
import { escapeLiteral } from "pg";
import type { SnapshotTable } from "../../../harness/catalog/snapshot.ts";
import type { Parser } from "../../../harness/release/parser.ts";
import type { Statement } from "../../../harness/release/release.ts";
import { parseAlternatives } from "../../../harness/rows/conditions.ts";
import type { Demand } from "../../../harness/rows/demands.ts";
import { formatTable } from "./matched-tables.ts";
import { quoteName } from "./names.ts";
import { readWhere } from "./single-update.ts";

/** One for each statement whose WHERE compares columns with constants; each changes the row that was changed least. */
export function formatTaken(
  parser: Parser,
  statements: readonly Statement[],
  tables: readonly SnapshotTable[],
): readonly string[] {
  const changes = statements.flatMap((statement) => {
    const where = readWhere(parser, statement);
    const table = tables.find(
      ({ schema, name, rows }) =>
        name === where?.table && (where.schema === undefined || where.schema === schema) && rows.length > 0,
    );
    const [demands = []] = where === undefined ? [] : parseAlternatives(parser, where.condition);

    return table === undefined ? [] : formatChange(table, demands);
  });

  return [...new Set(changes)];
}

function formatChange(table: SnapshotTable, demands: readonly Demand[]): readonly string[] {
  const wanted = demands.filter(({ column }) => table.columns.some(({ name }) => name === column));
  const set = new Map(wanted.flatMap((demand) => chooseValue(demand).map((value) => [demand.column, value])));
  if (set.size === 0) return [];
  const present = wanted.flatMap((demand) =>
    demand.kind === "null" && !demand.isNull ? [`${quoteName(demand.column)} IS NULL`] : [],
  );
  const name = formatTable(table);

  return [
    `UPDATE ${name} SET ${[...set].map(([column, value]) => `${quoteName(column)} = ${value}`).join(", ")}
WHERE ctid = (SELECT ctid FROM ${name} ORDER BY ${[...present, "ctid"].join(", ")} LIMIT 1);`,
  ];
}

/** A value that satisfies the demand; none where it takes more than a constant of its own. */
function chooseValue(demand: Demand): readonly string[] {
  switch (demand.kind) {
    case "null":
      return demand.isNull ? ["NULL"] : [];
    case "compare":
      return /^(?:=|<=|>=)$/.test(demand.operator) ? [escapeLiteral(demand.value)] : [];
    case "in":
      return demand.not ? [] : demand.values.slice(0, 1).map((value) => escapeLiteral(value));
    default:
      return [];
  }
}
