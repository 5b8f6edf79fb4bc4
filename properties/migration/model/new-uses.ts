/**
 * Finds what the schema after a migration accepts and the one before does not, and rows that use it (pure): the labels of
 * enums, NULLs, pairs that collide in a key that is gone, and longer values.
 */
import { sample } from "fast-check";
import type { Parser } from "../../../harness/release/parser.ts";
import { datasets } from "../../../harness/rows/dataset.ts";
import { type Aim, directedDatasets, findAims } from "../../../harness/rows/directed.ts";
import type { Dataset } from "../../../harness/rows/generate-row.ts";
import type { RowPlan } from "../../../harness/rows/row-plan.ts";
import { type ColumnModel, type SchemaModel, type TableModel, tableKey } from "../../../harness/rows/schema-model.ts";

/** One use of the new schema. */
export interface NewUse {
  /** The column or key, such as `public.job.state`. */
  readonly subject: string;
  /** Such as `the new label cancelled`. */
  readonly text: string;
  /** What a rollback has to do with such rows, as an imperative. */
  readonly repair: string;
  /** The table that gets the rows, as `schema.name`. */
  readonly table: string;
  readonly dataset: Dataset;
}

const SAMPLES = 8;

/** @param plan of the schema after */
export function findNewUses(before: SchemaModel, plan: RowPlan, parser: Parser, seed: number): readonly NewUse[] {
  const aims = findAims(plan.schema, before).filter((aim) => isUse(aim, before, plan.schema));
  const aimed = aims.flatMap((aim): NewUse[] => {
    // Ordinary rows otherwise: an odd value elsewhere may use the new schema, too.
    // One row, unless two collide: another one may use what else is new, such as a foreign key that is gone.
    const rowsMax = aim.kind === "unique" ? 3 : 1;
    const arbitrary = directedDatasets(plan, aim, parser, { levels: "mild", rowsMax });
    const candidates = arbitrary === undefined ? [] : sample(arbitrary, { numRuns: SAMPLES, seed });
    // A pair that collides takes two rows that differ elsewhere: the second is made from another one.
    const dataset = candidates.find((rows) => (rows[aim.table]?.length ?? 0) > 1) ?? candidates[0];

    return dataset === undefined
      ? []
      : [{ table: aim.table, dataset, subject: `${aim.table}.${aim.constraint}`, ...describeAim(aim) }];
  });

  return [...findLabels(before, plan, seed), ...aimed];
}

function describeAim({ kind, columns }: Aim): Pick<NewUse, "text" | "repair"> {
  const names = columns.join(", ");

  return kind === "not-null"
    ? { text: `NULL in ${names}`, repair: "Give such rows a value before" }
    : kind === "unique"
      ? { text: `two rows with one ${names}`, repair: "Decide before which of such rows stays" }
      : { text: `a longer ${names}`, repair: "Make such values fit the old type before" };
}

function isUse({ kind, table, columns }: Aim, before: SchemaModel, after: SchemaModel): boolean {
  if (kind === "not-null" || kind === "unique") return true;
  const now = after.tables.find((one) => tableKey(one) === table);
  const column = now?.columns.find(({ name }) => name === columns[0]);
  const old = now && column && findOld(before, now, column);

  return kind === "type" && old !== undefined && isLonger(old.typeName, column?.typeName ?? "");
}

function findOld({ tables }: SchemaModel, { oid }: TableModel, { number }: ColumnModel): ColumnModel | undefined {
  return tables.find((table) => table.oid === oid)?.columns.find((column) => column.number === number);
}

const FAMILIES = [/^(?:character varying|character|text|bpchar)\b/, /^(?:smallint|integer|bigint)$/, /^numeric\b/];

/** Whether both are texts, whole or decimal numbers: another type is another use of the column. */
function isLonger(before: string, after: string): boolean {
  return FAMILIES.some((family) => family.test(before) && family.test(after));
}

/** A row for each label that the type of a column has got. */
function findLabels(before: SchemaModel, plan: RowPlan, seed: number): readonly NewUse[] {
  const labelsOf = ({ types }: SchemaModel, { type }: ColumnModel): readonly string[] => types.get(type)?.labels ?? [];

  return plan.tables.flatMap(({ key, table, unfillable }) =>
    table.columns.flatMap((column) => {
      const old = findOld(before, table, column);
      const known = old === undefined ? [] : labelsOf(before, old);
      if (known.length === 0 || unfillable !== undefined) return [];

      return labelsOf(plan.schema, column)
        .filter((label) => !known.includes(label))
        .flatMap((label): NewUse[] => {
          const dataset = withLabel(plan, key, column.name, label, seed);

          return [
            {
              ...{ table: key, dataset, subject: `${key}.${column.name}` },
              ...{ text: `the new label ${label}`, repair: "Map such values to older ones before" },
            },
          ];
        });
    }),
  );
}

function withLabel(plan: RowPlan, table: string, column: string, label: string, seed: number): Dataset {
  const rows = datasets(plan, { tables: [table], levels: "mild", rowsMin: 1, rowsMax: 1 });
  const [dataset = {}] = sample(rows, { numRuns: 1, seed });

  return {
    ...dataset,
    [table]: (dataset[table] ?? []).map((row) => ({ ...row, cells: { ...row.cells, [column]: label } })),
  };
}
