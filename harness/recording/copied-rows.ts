/** Writes the data of COPY … FROM STDIN as INSERT statements, which a migration's text can hold (pure). */
import { escapeIdentifier, escapeLiteral } from "pg";
import { HarnessError } from "../errors.ts";
import { getChildren, getString, getStrings } from "../release/syntax.ts";
import { type CopyCell, type CopyFormat, readCopyFormat, splitCopy } from "./copy-format.ts";
import type { SentStatement } from "./sent-statements.ts";

/** So many rows an INSERT. */
const ROWS_MAX = 500;

/** @throws HarnessError for rows that cannot be read without the server, such as those in binary */
export function formatCopy({ nodes, copy, text }: SentStatement): readonly string[] {
  const [root] = nodes;
  const [relation] = root === undefined ? [] : getChildren(root, "relation");
  if (root === undefined || relation === undefined || copy === undefined) return [];
  const columns = getStrings(root, "attlist");
  const format = copy.format === "text" ? readCopyFormat(root) : undefined;
  const isNamed = [...(format?.forceNull ?? []), ...(format?.forceNotNull ?? [])].some((column) => column !== "*");
  if (format === undefined || (isNamed && columns.length === 0)) {
    throw new HarnessError(
      `the migration sends rows in a way of COPY that cannot be replayed: ${text.trim()}`,
      "Send all rows, in COPY's text or CSV format and in UTF-8, and name the columns; or write INSERT statements",
    );
  }
  const names = [getString(relation, "schemaname"), getString(relation, "relname")].filter((name) => name !== "");
  const listed = columns.map((column) => escapeIdentifier(column)).join(", ");
  const into = `${names.map((name) => escapeIdentifier(name)).join(".")}${listed === "" ? "" : ` (${listed})`}`;
  const values = splitCopy(copy.data, format).map(
    (cells) => `(${cells.map((cell, index) => formatCell(cell, format, columns[index])).join(", ")})`,
  );

  return Array.from({ length: Math.ceil(values.length / ROWS_MAX) }, (_, index) => {
    const part = values.slice(index * ROWS_MAX, (index + 1) * ROWS_MAX);

    return `INSERT INTO ${into} OVERRIDING SYSTEM VALUE VALUES\n  ${part.join(",\n  ")}`;
  });
}

function formatCell({ text, isQuoted }: CopyCell, format: CopyFormat, column: string | undefined): string {
  const isAmong = (columns: readonly string[]) => columns.some((each) => each === "*" || each === column);
  if (text === format.defaultText && !isQuoted) return "DEFAULT";
  const isNull = text === format.nullText && (isQuoted ? isAmong(format.forceNull) : !isAmong(format.forceNotNull));
  if (isNull) return "NULL";

  return escapeLiteral(format.isCsv ? text : readEscapes(text)).trimStart();
}

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

/** PostgreSQL manual, COPY, Text Format. */
function readEscapes(text: string): string {
  return text.replace(/((?:\\(?:x[0-9a-fA-F]{1,2}|[0-7]{1,3}))+)|\\([\s\S])/g, (_, bytes, other: string) =>
    bytes === undefined ? (ESCAPES[other] ?? other) : readBytes(bytes),
  );
}

/** A character may take several bytes. */
function readBytes(escapes: string): string {
  const digits = escapes.split("\\").slice(1);

  return Buffer.from(
    digits.map((one) => (one.startsWith("x") ? Number.parseInt(one.slice(1), 16) : Number.parseInt(one, 8))),
  ).toString("utf8");
}
