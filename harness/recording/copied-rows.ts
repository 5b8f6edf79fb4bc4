/** Writes the data of COPY … FROM STDIN as INSERT statements, which a migration's text can hold (pure). */
import { escapeIdentifier, escapeLiteral } from "pg";
import { HarnessError } from "../errors.ts";
import { getChildren, getString, getStrings, listSubtree } from "../release/syntax.ts";
import type { SentStatement } from "./sent-statements.ts";

/** So many rows an INSERT. */
const ROWS_MAX = 500;

/** @throws HarnessError for a format other than COPY's text with its default options */
export function formatCopy({ nodes, copy, text }: SentStatement): readonly string[] {
  const [root] = nodes;
  const [relation] = root === undefined ? [] : getChildren(root, "relation");
  if (root === undefined || relation === undefined || copy === undefined) return [];
  const options = getChildren(root, "options").flatMap(listSubtree);
  const isPlain = options.every(({ kind, fields }) => kind !== "DefElem" || fields["defname"] === "format");
  const isText = options.every(({ kind, fields }) => kind !== "String" || fields["sval"] === "text");
  if (copy.format !== "text" || !isPlain || !isText) {
    throw new HarnessError(
      `the migration sends rows in a format of COPY that cannot be replayed: ${text.trim()}`,
      "Send them in COPY's text format without options, or as INSERT statements",
    );
  }
  const names = [getString(relation, "schemaname"), getString(relation, "relname")].filter((name) => name !== "");
  const columns = getStrings(root, "attlist").map((column) => escapeIdentifier(column));
  const into = `${names.map((name) => escapeIdentifier(name)).join(".")}${columns.length > 0 ? ` (${columns.join(", ")})` : ""}`;
  const rows = copy.data.split("\n").filter((line, index, all) => index < all.length - 1 || line !== "");
  const end = rows.indexOf("\\.");
  const values = rows
    .slice(0, end === -1 ? undefined : end)
    .map((line) => `(${line.split("\t").map(formatCell).join(", ")})`);

  return Array.from({ length: Math.ceil(values.length / ROWS_MAX) }, (_, index) => {
    const part = values.slice(index * ROWS_MAX, (index + 1) * ROWS_MAX);

    return `INSERT INTO ${into} OVERRIDING SYSTEM VALUE VALUES\n  ${part.join(",\n  ")}`;
  });
}

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

/** PostgreSQL manual, COPY, Text Format. */
function formatCell(cell: string): string {
  if (cell === "\\N") return "NULL";
  const value = cell.replace(/\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|([\s\S]))/g, (_, hex, octal, other: string) =>
    hex !== undefined
      ? String.fromCharCode(Number.parseInt(hex, 16))
      : octal !== undefined
        ? String.fromCharCode(Number.parseInt(octal, 8))
        : (ESCAPES[other] ?? other),
  );

  return escapeLiteral(value).trimStart();
}
