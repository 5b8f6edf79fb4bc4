/** Reads sample rows from a CSV file with a header, or from a JSON file with a list of objects. */
import { readFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { CsvError, parse } from "csv-parse/sync";
import { HarnessError, messageOf } from "../errors.ts";

export type SampleRow = Readonly<Record<string, string | null>>;

/**
 * Reads the rows. In CSV an empty field without quotes is NULL, as in COPY (PostgreSQL manual, COPY, CSV Format).
 * @param columns those of the table
 * @throws HarnessError naming the file, line and column that do not fit
 */
export async function readSampleRows(
  path: string,
  folder: string,
  columns: readonly string[],
): Promise<readonly SampleRow[]> {
  const file = resolve(folder, path);
  const text = await readFile(file, "utf8").catch((thrown: unknown) => {
    throw new HarnessError(`${file} cannot be read: ${messageOf(thrown)}`, "Correct the path in plumbline.config.ts");
  });
  const rows = extname(file) === ".json" ? parseJson(text, file) : parseCsv(text, file);
  const unknown = Object.keys(rows[0] ?? {}).find((name) => !columns.includes(name));
  if (unknown !== undefined) {
    throw new HarnessError(
      `${file}, line 1: the table has no column "${unknown}"`,
      `Use the table's columns: ${columns.join(", ")}`,
    );
  }
  if (rows.length === 0) throw new HarnessError(`${file} holds no row`, "Add at least one row below the header");

  return rows;
}

function parseCsv(text: string, file: string): readonly SampleRow[] {
  try {
    return parse(text, {
      bom: true,
      columns: true,
      skip_empty_lines: true,
      cast: (value, { quoting }) => (value === "" && !quoting ? null : value),
    }) as SampleRow[];
  } catch (thrown) {
    const place = thrown instanceof CsvError && typeof thrown["lines"] === "number" ? `, line ${thrown["lines"]}` : "";
    throw new HarnessError(
      `${file}${place}: ${messageOf(thrown)}`,
      "Give each line a value for each column of the header",
      thrown,
    );
  }
}

function parseJson(text: string, file: string): readonly SampleRow[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw new HarnessError(`${file} is not JSON: ${messageOf(thrown)}`, "Write a list of objects, one for each row");
  }
  if (!Array.isArray(value) || value.some((row) => typeof row !== "object" || row === null || Array.isArray(row))) {
    throw new HarnessError(`${file} is not a list of objects`, "Write a list of objects, one for each row");
  }

  return value.map((row: object) =>
    Object.fromEntries(
      Object.entries(row).map(([name, cell]: [string, unknown]) => [
        name,
        cell === null ? null : typeof cell === "object" ? JSON.stringify(cell) : String(cell),
      ]),
    ),
  );
}
