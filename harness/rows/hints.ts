/** Turns what the user gives for some tables into values for generated rows. */
import type { Random } from "fast-check";
import { type ColumnSource, isArbitrary, type TableSource } from "../configuration/configuration.ts";
import type { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import { suggest } from "../text/suggest.ts";
import type { Hints } from "./generate-row.ts";
import { readSampleRows } from "./sample-rows.ts";
import { findTable, type SchemaModel, type TableModel, tableKey } from "./schema-model.ts";

/** So many values of an SQL expression are computed, once. */
const SQL_VALUES = 200;

type Generator = (random: Random) => Readonly<Record<string, string | null>>;

/**
 * Prepares the hints for a schema.
 * @param folder to which paths of sample files are relative
 * @throws HarnessError if a table, column, expression or file does not fit, naming it
 */
export async function prepareHints(
  sources: Readonly<Record<string, TableSource>>,
  { schema, session, folder }: { readonly schema: SchemaModel; readonly session: Session; readonly folder: string },
): Promise<Hints> {
  const hints: Record<string, Generator> = {};
  for (const [name, source] of Object.entries(sources)) {
    const table = findTable(schema, name);
    if (table === undefined) throw unknownName(`rows.${name}`, "table", name, schema.tables.map(tableKey));
    hints[tableKey(table)] =
      typeof source === "string"
        ? await sampleGenerator(source, folder, table)
        : await columnsGenerator(name, source, table, session);
  }

  return hints;
}

async function sampleGenerator(path: string, folder: string, table: TableModel): Promise<Generator> {
  const rows = await readSampleRows(
    path,
    folder,
    table.columns.map(({ name }) => name),
  );

  return (random) => rows[random.nextInt(0, rows.length - 1)] ?? {};
}

async function columnsGenerator(
  name: string,
  columns: Readonly<Record<string, ColumnSource>>,
  table: TableModel,
  session: Session,
): Promise<Generator> {
  const generators: [string, (random: Random) => string | null][] = [];
  for (const [column, source] of Object.entries(columns)) {
    if (!table.columns.some((candidate) => candidate.name === column)) {
      throw unknownName(
        `rows.${name}.${column}`,
        "column",
        column,
        table.columns.map((candidate) => candidate.name),
      );
    }
    generators.push([column, await columnGenerator(`rows.${name}.${column}`, source, session)]);
  }

  return (random) => Object.fromEntries(generators.map(([column, generate]) => [column, generate(random)]));
}

async function columnGenerator(
  path: string,
  source: ColumnSource,
  session: Session,
): Promise<(random: Random) => string | null> {
  if (isArbitrary(source)) {
    return (random) => {
      const { value } = source.generate(random, undefined);

      return value === null ? null : String(value);
    };
  }
  const { rows, error } = await session.tryExecute(
    `SELECT (${source})::text FROM generate_series(1, ${SQL_VALUES}) AS n`,
  );
  if (error !== undefined) {
    throw new HarnessError(
      `plumbline.config.ts: ${path} is not an SQL expression that PostgreSQL computes: ${error.message}`,
      "Write an expression for one value; n counts from 1",
    );
  }

  return (random) => rows[random.nextInt(0, rows.length - 1)]?.[0] ?? null;
}

function unknownName(path: string, kind: string, name: string, known: readonly string[]): HarnessError {
  const meant = suggest(name, known);

  return new HarnessError(
    `plumbline.config.ts: ${path}: the baseline has no ${kind} "${name}"`,
    meant === undefined ? `Name one of ${known.slice(0, 10).join(", ")}` : `Write "${meant}"`,
  );
}
