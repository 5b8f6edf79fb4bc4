/** Keeps rows to assumptions while a database is filled (pure): a trigger refuses a row after which one is broken. */
import type { Parser } from "../../../harness/release/parser.ts";
import { parseAlternatives } from "../../../harness/rows/conditions.ts";
import type { RowPlan } from "../../../harness/rows/row-plan.ts";
import type { RowSource } from "../observation.ts";
import { type Assumption, formatBroken } from "./assumption.ts";

/** Statements that create the triggers; they raise an error where a condition does not fit its table. */
export function formatGuards(assumptions: readonly Assumption[]): readonly string[] {
  return assumptions.flatMap((assumption, index) => [
    `CREATE FUNCTION pg_temp.plumbline_guard_${index}() RETURNS trigger LANGUAGE plpgsql AS $plumbline$
BEGIN
  IF EXISTS (${formatBroken(assumption, "")}) THEN
    RAISE EXCEPTION 'the row breaks an assumption' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $plumbline$`,
    `CREATE TRIGGER plumbline_guard_${index} AFTER INSERT OR UPDATE ON ${assumption.from}
FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.plumbline_guard_${index}()`,
  ]);
}

export function formatGuardsGone(assumptions: readonly Assumption[]): readonly string[] {
  return assumptions.flatMap(({ from }, index) => [
    `DROP TRIGGER plumbline_guard_${index} ON ${from}`,
    `DROP FUNCTION pg_temp.plumbline_guard_${index}()`,
  ]);
}

/** A source of rows that keep to the assumptions. */
export function assuming(plan: RowPlan, assumptions: readonly Assumption[], parser: Parser): RowSource {
  const tables = plan.tables.map((of) => {
    const own = assumptions.filter(({ key }) => key === of.key);
    const checks = own.map(({ condition }) => parseAlternatives(parser, condition));

    return own.length === 0 ? of : { ...of, checks: [...checks, ...of.checks] };
  });

  return { plan: { ...plan, tables, byKey: new Map(tables.map((table) => [table.key, table])) }, assumptions };
}
