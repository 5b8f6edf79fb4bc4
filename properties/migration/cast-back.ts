/** Casts values of a retyped column back to their old type, on a database where the migration was applied. */
import { escapeLiteral } from "pg";
import type { Session } from "../../harness/database/session.ts";
import type { RetypedColumn } from "./model/retyped-columns.ts";

/** The value after, cast back, is the value before (`o` and `n` are texts); where a cast or an operator is missing, the next. */
const COMPARISONS = [
  "(n::NEW)::OLD IS NOT DISTINCT FROM o::OLD",
  "(n::NEW)::text::OLD IS NOT DISTINCT FROM o::OLD",
  "((n::NEW)::OLD)::jsonb IS NOT DISTINCT FROM o::jsonb",
  "((n::NEW)::OLD)::text IS NOT DISTINCT FROM o",
  "(n::NEW)::text IS NOT DISTINCT FROM o",
];

/** Undefined function, operator, object or type; a cast that does not exist; a text that is no JSON. */
const NOT_DEFINED = new Set(["42883", "42704", "42846", "22P02"]);

/** The first value that does not come back, if there is one. */
export async function findLostValue(
  session: Session,
  { column, values }: RetypedColumn,
): Promise<RetypedColumn["values"][number] | undefined> {
  for (const pair of values) {
    if (!(await comesBack(session, pair, [column.before.type, column.after.type]))) return pair;
  }

  return undefined;
}

async function comesBack(
  session: Session,
  [before, after]: RetypedColumn["values"][number],
  [from, to]: readonly [string, string],
): Promise<boolean> {
  const [o, n] = [before, after].map((value) => (value === null ? "NULL" : escapeLiteral(value)));
  for (const comparison of COMPARISONS) {
    const expression = comparison.replaceAll("OLD", () => from).replaceAll("NEW", () => to);
    const { rows, error } = await session.tryExecute(
      `SELECT ${expression} FROM (SELECT ${o}::text, ${n}::text) AS pair (o, n)`,
    );
    if (error === undefined) return rows[0]?.[0] === "t";
    if (!NOT_DEFINED.has(error.code)) return false;
  }

  return false;
}
