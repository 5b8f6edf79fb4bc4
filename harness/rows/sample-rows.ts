/** Reads sample rows from a CSV file with a header, or from a JSON file with a list of objects. */
import { readFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { CsvError, parse } from "csv-parse/sync";
import { findNodeAtLocation, parseTree } from "jsonc-parser";
import { HarnessError, messageOf } from "../errors.ts";
import { createPositionLookup } from "../release/position.ts";
import { parseJson } from "../release/read-json.ts";
import { isObject } from "../release/validate.ts";

export type SampleRow = Readonly<Record<string, string | null>>;

/** At least one row. */
export interface SampleFile {
  readonly file: string;
  readonly rows: readonly SampleRow[];
  /** The line of a cell, from 1. */
  findLine(row: number, column: string): number;
}

/**
 * Reads the rows. In CSV an empty field without quotes is NULL, as in COPY (PostgreSQL manual, COPY, CSV Format).
 * @param columns those of the table
 * @throws HarnessError naming the file, line and column that do not fit
 */
export async function readSampleRows(path: string, folder: string, columns: readonly string[]): Promise<SampleFile> {
  const file = resolve(folder, path);
  const text = await readFile(file, "utf8").catch((thrown: unknown) => {
    throw new HarnessError(`${file} cannot be read: ${messageOf(thrown)}`, "Correct the path in plumbline.config.ts");
  });
  const found = extname(file) === ".json" ? parseObjects(text, file) : parseCsv(text, file);
  for (const [index, row] of found.rows.entries()) {
    const unknown = Object.keys(row).find((name) => !columns.includes(name));
    if (unknown === undefined) continue;
    // The names of CSV are all in its header.
    const line = extname(file) === ".json" ? found.findLine(index, unknown) : 1;
    throw new HarnessError(
      `${file}, line ${line}: the table has no column "${unknown}"`,
      `Use the table's columns: ${columns.join(", ")}`,
    );
  }
  if (found.rows.length === 0) throw new HarnessError(`${file} holds no row`, "Add at least one row");

  return { file, ...found };
}

function parseCsv(text: string, file: string): Omit<SampleFile, "file"> {
  try {
    const records = parse(text, {
      bom: true,
      columns: true,
      info: true,
      skip_empty_lines: true,
      cast: (value, { quoting }) => (value === "" && !quoting ? null : value),
    }) as unknown as readonly { readonly record: SampleRow; readonly info: { readonly lines: number } }[];

    return { rows: records.map(({ record }) => record), findLine: (row) => records[row]?.info.lines ?? 1 };
  } catch (thrown) {
    if (!(thrown instanceof CsvError)) throw thrown;
    const { lines, column, index } = thrown as { lines?: number; column?: unknown; index?: number };
    const place = `line ${lines}, column ${typeof column === "string" ? JSON.stringify(column) : index}`;
    throw new HarnessError(
      `${file}, ${place}: ${messageOf(thrown)}`,
      "Give each line a value for each column of the header",
      thrown,
    );
  }
}

function parseObjects(text: string, file: string): Omit<SampleFile, "file"> {
  const value = parseJson(text, file);
  const tree = parseTree(text);
  const position = createPositionLookup(text);
  const findLine = (row: number, ...column: string[]): number =>
    position((tree && findNodeAtLocation(tree, [row, ...column])?.offset) ?? 0).line;
  const wrong = Array.isArray(value) ? value.findIndex((row) => !isObject(row)) : 0;
  if (!Array.isArray(value) || wrong >= 0) {
    throw new HarnessError(
      `${file}, line ${findLine(Math.max(wrong, 0))} is not part of a list of objects`,
      "Write a list of objects, one for each row",
    );
  }
  const rows = value.map((row: object) =>
    Object.fromEntries(
      Object.entries(row).map(([name, cell]: [string, unknown]) => [
        name,
        cell === null ? null : typeof cell === "object" ? JSON.stringify(cell) : String(cell),
      ]),
    ),
  );

  return { rows, findLine };
}
