/** Counts the rows that exclude each other (pure). */
import { type ExclusionModel, findMentionedColumns } from "../../../harness/rows/schema-model.ts";
import { type BrokenQueries, type ConditionRows, formatFrom } from "./condition-rows.ts";

type Compared = Pick<ExclusionModel, "expressions" | "operators" | "predicate">;

/**
 * Rows that another row is related to by all operators. A row is known by its place: a table may have no key. Where ranges
 * of one type must not overlap, they are sorted, and each is compared with those before it and with the next; otherwise the
 * rows are compared in pairs, which only an operator `=` makes fast.
 */
export function queryConflicts(compared: Compared, rows: ConditionRows): BrokenQueries {
  const broken = querySorted(compared, rows) ?? queryPairs(compared, rows);

  return { count: `SELECT count(*) ${broken}`, values: `SELECT ${nameCompared(compared).join(", ")} ${broken}` };
}

function nameCompared({ expressions }: Compared): readonly string[] {
  return expressions.map((_, index) => `one.compared_${index + 1}`);
}

function selectCompared({ expressions, predicate }: Compared, rows: ConditionRows, more = ""): string {
  const parts = expressions.map((expression, index) => `(${expression}) AS compared_${index + 1}`);

  return `SELECT ${more}${parts.join(", ")} FROM ${formatFrom(rows)}${predicate === null ? "" : ` WHERE ${predicate}`}`;
}

function queryPairs(compared: Compared, rows: ConditionRows): string {
  const all = `(${selectCompared(compared, rows, "tableoid AS of, ctid AS at, ")})`;
  const related = compared.operators.map(
    (operator, index) => `one.compared_${index + 1} ${operator} other.compared_${index + 1}`,
  );

  return `FROM ${all} AS one WHERE EXISTS (SELECT FROM ${all} AS other WHERE (one.of, one.at) <> (other.of, other.at) AND ${related.join(" AND ")})`;
}

/**
 * In the order of their lower bounds, a range overlaps a later one if it overlaps the next, and an earlier one if it is not
 * to the right of all of them. An empty one comes first and overlaps none.
 * @returns undefined unless one part is a range compared by `&&`, and all others are compared by `=`
 */
function querySorted(compared: Compared, rows: ConditionRows): string | undefined {
  const at = compared.operators.indexOf("&&");
  const type = at === -1 ? undefined : findRangeType(compared.expressions[at] ?? "", rows);
  const others = compared.operators.flatMap((operator, index) => (index === at ? [] : [{ operator, index }]));
  if (type === undefined || others.some(({ operator }) => operator !== "=")) return undefined;
  const span = `compared_${at + 1}`;
  const equal = others.map(({ index }) => `compared_${index + 1}`);
  const right = `CASE WHEN upper_inf(${span}) THEN 'empty'::${type} ELSE ${type}(upper(${span}), NULL, CASE WHEN upper_inc(${span}) THEN '()' ELSE '[)' END) END`;
  const groups = equal.length === 0 ? "" : `PARTITION BY ${equal.join(", ")} `;
  const present = [span, ...equal].map((name) => `${name} IS NOT NULL`).join(" AND ");
  const earlier = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING";
  const sorted = `SELECT *, lead(${span}) OVER sorted AS next, range_intersect_agg(${right}) OVER (sorted ${earlier}) AS free FROM (${selectCompared(compared, rows)}) AS compared WHERE ${present} WINDOW sorted AS (${groups}ORDER BY ${span})`;

  return `FROM (${sorted}) AS one WHERE one.${span} && one.next OR NOT one.${span} <@ one.free`;
}

/** The functions that make ranges are named as their types (PostgreSQL manual, 8.17.6 Constructing Ranges). */
function findRangeType(expression: string, { table }: ConditionRows): string | undefined {
  const [, made] = /^(int4range|int8range|numrange|tsrange|tstzrange|daterange)\(/.exec(expression) ?? [];
  const [name, ...others] = findMentionedColumns(expression, table);
  const isColumn = others.length === 0 && expression.replaceAll('"', "") === name;
  const type = isColumn ? table.columns.find((column) => column.name === name)?.typeName : made;

  return /^(?:int4range|int8range|numrange|tsrange|tstzrange|daterange)$/.test(type ?? "") ? type : undefined;
}
