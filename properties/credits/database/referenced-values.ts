/** Reads what a column of organizations may refer to, such as the plans of a table of plans. */
import { escapeIdentifier } from "pg";
import type { Session } from "../../../harness/database/session.ts";
import type { TablePlan } from "../../../harness/rows/row-plan.ts";
import type { ForeignKeyModel, SchemaModel, TableModel } from "../../../harness/rows/schema-model.ts";

/** The foreign keys that the column is part of. */
export function findForeignKeys({ columns, foreignKeys }: TableModel, name: string): readonly ForeignKeyModel[] {
  const number = columns.find((column) => column.name === name)?.number;

  return foreignKeys.filter((key) => number !== undefined && key.columns.includes(number));
}

const REFERENCED_MAX = 50;

/** Values that the column may refer to. */
export async function readReferencedValues(
  session: Session,
  { of, model }: { readonly of: TablePlan; readonly model: SchemaModel },
  name: string,
): Promise<readonly (string | null)[]> {
  const found: (string | null)[] = [];
  for (const key of findForeignKeys(of.table, name)) {
    const parent = model.tables.find(({ oid }) => oid === key.table);
    const column = parent?.columns.find(({ number }) => number === key.references[0]);
    if (parent === undefined || column === undefined || key.columns.length > 1) continue;
    const [from, value] = [[parent.schema, parent.name], [column.name]].map((names) =>
      names.map(escapeIdentifier).join("."),
    );
    const rows = await session.query(`SELECT ${value}::text AS value FROM ${from} ORDER BY 1 LIMIT ${REFERENCED_MAX}`);
    found.push(...rows.map((row) => row["value"] ?? null));
  }

  return found;
}
