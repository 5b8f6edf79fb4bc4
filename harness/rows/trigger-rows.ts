/** Reads back the rows of tables that triggers fill: no generated row knows them. */
import { escapeIdentifier, escapeLiteral } from "pg";
import type { Session } from "../database/session.ts";
import { qualifiedName } from "./insert-script.ts";
import type { ExistingRows } from "./known-rows.ts";
import type { RowPlan, TablePlan } from "./row-plan.ts";
import { insertsInto } from "./trigger-bodies.ts";

/** Of a table with more rows only so many serve as parents. */
const ROWS_MAX = 500;

/**
 * The tables that others refer to, and into which a trigger of another one inserts. One whose keys come from a default or
 * a sequence is left out: they are others each time, and no script could name them.
 */
export function findFilledByTriggers({ tables }: RowPlan): readonly TablePlan[] {
  const links = tables.flatMap((of) => of.links);
  const filling = tables.filter(({ table }) => table.triggers.length > 0);

  return tables.filter((of) => {
    const references = links.filter(({ parent }) => parent === of.key).flatMap((link) => link.references);
    const isGiven = (name: string): boolean =>
      of.columns.some(({ column }) => column.name === name && column.default === null);

    return (
      references.length > 0 &&
      references.every(isGiven) &&
      filling.some((other) => other !== of && insertsInto(other.table, of.table))
    );
  });
}

/** All rows of the tables, each column as text, in the order in which they were inserted; a table with many is left out. */
export async function readTriggerRows(session: Session, tables: readonly TablePlan[]): Promise<ExistingRows> {
  if (tables.length === 0) return {};
  const parts = tables.map((of) => {
    const columns = of.table.columns.map(({ name }) => `${escapeLiteral(name)}, ${escapeIdentifier(name)}::text`);
    const rows = `SELECT * FROM ${qualifiedName(of)} ORDER BY tableoid, ctid LIMIT ${ROWS_MAX + 1}`;

    return `SELECT ${escapeLiteral(of.key)} AS key, (SELECT json_agg(json_build_object(${columns.join(", ")})) FROM (${rows}) r) AS rows`;
  });
  const found = await session.query(parts.join("\nUNION ALL\n"));

  return Object.fromEntries(
    found
      .map(({ key, rows }) => [key ?? "", JSON.parse(rows ?? "[]")] as const)
      .filter(([, rows]) => rows.length <= ROWS_MAX),
  );
}
