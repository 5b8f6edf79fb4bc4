/** Reads what the eight columns of a release hold, from the catalog of a migrated database. */
import type { Session, TextRow } from "../../../harness/database/session.ts";
import type { NumberColumns } from "../model/credit-schema.ts";
import { byType, INTEGER_MAX } from "../model/model.ts";
import { literal, NUMBER_COLUMNS } from "./sql.ts";

/** Of a domain, the type under it (PostgreSQL manual, 37.17 columns). */
const COLUMNS_SQL = `SELECT column_name, data_type, numeric_precision, numeric_precision_radix, numeric_scale
FROM information_schema.columns
WHERE format('%I.%I', table_schema, table_name) = $1
AND column_name IN (${NUMBER_COLUMNS.map(literal).join(", ")})`;

/**
 * @param table organizations, with its schema, quoted
 * @returns the columns; one that the release lacks counts as the INTEGER of the document
 */
export async function readNumberColumns(session: Session, table: string): Promise<NumberColumns> {
  const rows = await session.query(COLUMNS_SQL, [table]);
  const types = rows.map((row) => row["data_type"] ?? "");
  const isWhole = types.every((type) => ["smallint", "integer", "bigint"].includes(type));

  return {
    type: !isWhole ? "numeric" : types.includes("bigint") ? "bigint" : "integer",
    capacity: byType((type) => readCapacity(rows.find((row) => row["column_name"] === `${type}_credits`))),
  };
}

/** A NUMERIC without precision, and a floating-point type, hold any number that a property has. */
function readCapacity(column: TextRow | undefined): number {
  if (column === undefined) return INTEGER_MAX;
  const [precision, radix, scale] = ["precision", "precision_radix", "scale"].map((name) => column[`numeric_${name}`]);
  if (precision == null || scale == null) return Number.POSITIVE_INFINITY;
  // One bit is for the sign.
  return radix === "2" ? 2 ** (Number(precision) - 1) - 1 : 10 ** (Number(precision) - Number(scale)) - 1;
}
