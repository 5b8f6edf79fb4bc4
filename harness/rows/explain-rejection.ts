/** Explains why the server rejected a row, and which columns need values for it to be accepted (pure). */
import type { RejectedRow } from "./load-rows.ts";
import type { TablePlan } from "./row-plan.ts";
import { findMentionedColumns, type TableModel } from "./schema-model.ts";
import { findKeyColumns } from "./unique-keys.ts";

export interface RejectionReason {
  /** Such as `23514 violates check constraint "amount_check"`, with the trigger that caused it. */
  readonly reason: string;
  /** What the user gives, as written in `plumbline.config.ts`. */
  readonly advice: string;
}

export function explainRejection({ key, table, links }: TablePlan, row: RejectedRow): RejectionReason {
  const column = row.code === "23502" ? /"([^"]+)"/.exec(row.message)?.[1] : undefined;
  const trigger = findTrigger(table, row, column);
  const link = links.find(({ name }) => name === row.constraint);
  const unique = table.keys.find(({ name }) => name === row.constraint);
  const check = table.checks.find(({ name }) => name === row.constraint);
  const isUnpartitioned = row.code === "23514" && row.constraint === "" && row.message.startsWith("no partition");
  const columns =
    (isUnpartitioned ? findMentionedColumns(table.partitionKey ?? "", table) : undefined) ??
    link?.columns ??
    (unique === undefined ? undefined : findKeyColumns(unique, table)) ??
    (check === undefined ? undefined : findMentionedColumns(check.expression, table)) ??
    (trigger === undefined ? undefined : findReadColumns(trigger.body, table, column)) ??
    (column === undefined ? [] : [column]);
  const cause = trigger === undefined ? "" : ` (trigger ${trigger.name})`;
  const advice = adviseValues(key, findWritten(columns, table));

  return { reason: `${row.code} ${shortenMessage(row.message)}${cause}`, advice };
}

/** The columns that decide: a generated one has the value of others. */
function findWritten(names: readonly string[], table: TableModel): readonly string[] {
  const computed = table.columns.filter(({ generated }) => generated !== "");
  const deciding = names.flatMap((name) => {
    const column = computed.find((one) => one.name === name);

    return column === undefined ? [name] : findMentionedColumns(column.default ?? "", table);
  });

  // A text in an expression may be named as a column is.
  return [...new Set(deciding)].filter((name) => !computed.some((column) => column.name === name));
}

type Trigger = TableModel["triggers"][number];

/** The trigger in which the error was raised, or the one that sets the column which is NULL. */
function findTrigger(
  { triggers }: TableModel,
  { context }: RejectedRow,
  column: string | undefined,
): Trigger | undefined {
  const functions = [...context.matchAll(/function (?:"?\w+"?\.)?"?(\w+)"?\(/g)].map(([, name]) => name);
  const raising = triggers.find(({ function: called }) => functions.includes(called));
  if (raising !== undefined || column === undefined) return raising;

  return triggers.find(({ body }) =>
    [...body.matchAll(/\bnew\s*\.\s*"?(\w+)"?\s*:?=/gi)].some(
      ([, name = ""]) => name.toLowerCase() === column.toLowerCase(),
    ),
  );
}

/** The columns of the new row that a trigger reads. */
function findReadColumns(body: string, { columns }: TableModel, assigned: string | undefined): string[] {
  const read = new Set([...body.matchAll(/\bnew\s*\.\s*"?(\w+)"?/gi)].map(([, name = ""]) => name.toLowerCase()));

  return columns.map(({ name }) => name).filter((name) => read.has(name.toLowerCase()) && name !== assigned);
}

/** Without the table, which is named already. */
function shortenMessage(message: string): string {
  return message
    .replace(/^.* (violates (?:check|unique|foreign key|exclusion) constraint)/, "$1")
    .replace(/ of relation "[^"]*" violates not-null constraint$/, "");
}

const COLUMNS_MAX = 4;

function adviseValues(table: string, columns: readonly string[]): string {
  const names = columns.slice(0, COLUMNS_MAX).map((name) => (/^[a-z_]\w*$/i.test(name) ? name : JSON.stringify(name)));
  const values = names.length === 0 ? "…" : names.map((name) => `${name}: …`).join(", ");

  return `give values: rows: { ${JSON.stringify(table)}: { ${values} } } in plumbline.config.ts`;
}
