/** Turns what the user gives for some tables into values for generated rows. */
import type { Random } from "fast-check";
import { escapeIdentifier, escapeLiteral } from "pg";
import { type ColumnSource, isArbitrary, type TableSource } from "../configuration/configuration.ts";
import type { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import { suggest } from "../text/suggest.ts";
import type { Hints } from "./generate-row.ts";
import { readSampleRows, type SampleFile } from "./sample-rows.ts";
import { findTable, type SchemaModel, type TableModel, tableKey } from "./schema-model.ts";

/** So many values of an SQL expression are computed, once. */
const SQL_VALUES = 200;

/** What values are prepared for. */
interface HintedState {
  readonly schema: SchemaModel;
  readonly session: Session;
  /** Paths of sample files are relative to it. */
  readonly folder: string;
  /** Whether other states of the same history have a table or column of that name: here it is left out. */
  readonly isElsewhere?: (name: string) => boolean;
}

type Generator = (random: Random) => Readonly<Record<string, string | null>>;

/**
 * Prepares the hints for a schema.
 * @throws HarnessError if a table, column, expression or file does not fit, naming it
 */
export async function prepareHints(sources: Readonly<Record<string, TableSource>>, state: HintedState): Promise<Hints> {
  const { schema, session, folder, isElsewhere } = state;
  const hints: Record<string, Generator> = {};
  for (const [name, source] of Object.entries(sources)) {
    const table = findTable(schema, name);
    if (table === undefined) {
      if (isElsewhere?.(name) === true) continue;
      throw unknownName(`rows.${name}`, "table", name, schema.tables.map(tableKey));
    }
    hints[tableKey(table)] =
      typeof source === "string"
        ? await sampleGenerator(source, folder, table, session)
        : await columnsGenerator(name, source, table, state);
  }

  return hints;
}

async function sampleGenerator(path: string, folder: string, table: TableModel, session: Session): Promise<Generator> {
  const samples = await readSampleRows(
    path,
    folder,
    table.columns.map(({ name }) => name),
  );
  await requireFit(samples, table, session);

  return (random) => samples.rows[random.nextInt(0, samples.rows.length - 1)] ?? {};
}

/** What an INSERT of the value alone says, or NULL. */
const FIND_MISFIT = `CREATE FUNCTION pg_temp.plumbline_misfit(name text, value text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('INSERT INTO pg_temp.plumbline_samples (%I) VALUES (%L)', name, value);
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  RETURN SQLERRM;
END $$`;

/** @throws HarnessError for the first value that its column does not hold, whatever the other columns are */
async function requireFit({ file, rows, findLine }: SampleFile, table: TableModel, session: Session): Promise<void> {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = names.map((name) => escapeIdentifier(name)).join(", ");
  const { rows: misfits, error } = await session.tryAndRollBack([
    `CREATE TEMP TABLE plumbline_samples AS SELECT ${columns} FROM ${escapeIdentifier(table.schema)}.${escapeIdentifier(table.name)} WHERE false`,
    FIND_MISFIT,
    `SELECT line - 1, key, misfit
     FROM json_array_elements(${escapeLiteral(JSON.stringify(rows))}) WITH ORDINALITY AS samples (sample, line)
     CROSS JOIN json_each_text(sample) CROSS JOIN pg_temp.plumbline_misfit(key, value) AS misfit
     WHERE misfit IS NOT NULL LIMIT 1`,
  ]);
  const [row = "0", column = "", reason = error?.message] = misfits[0] ?? [];
  const required = table.columns.filter(({ notNull, sequence }) => notNull && sequence === null);
  const absent = rows.findIndex((sample) => required.some(({ name }) => sample[name] === null));
  const empty = required.find(({ name }) => rows[absent]?.[name] === null)?.name;
  if (reason === undefined && empty === undefined) return;
  const [line, name] = reason === undefined ? [absent, empty ?? ""] : [Number(row), column ?? ""];

  throw new HarnessError(
    `${file}, line ${findLine(line, name)}, column "${name}": ${reason ?? "the column is NOT NULL, and the value is missing"}`,
    "Write a value that the column of the table holds",
  );
}

async function columnsGenerator(
  name: string,
  columns: Readonly<Record<string, ColumnSource>>,
  table: TableModel,
  { session, isElsewhere }: HintedState,
): Promise<Generator> {
  const generators: [string, (random: Random) => string | null][] = [];
  for (const [column, source] of Object.entries(columns)) {
    if (!table.columns.some((candidate) => candidate.name === column)) {
      if (isElsewhere?.(column) === true) continue;
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
      // The types of the configuration are not checked where it is plain JavaScript, or when it is loaded.
      if (value !== null && !["string", "number", "boolean", "bigint"].includes(typeof value)) {
        throw new HarnessError(
          `plumbline.config.ts: ${path} generates what is no value: ${JSON.stringify(value)}`,
          "Let it generate text, numbers, booleans or null",
        );
      }

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
    meant !== undefined
      ? `Write "${meant}"`
      : known.length === 0
        ? "Correct the name, or remove the entry"
        : `Name one of ${known.slice(0, 10).join(", ")}`,
  );
}
