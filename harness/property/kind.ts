/**
 * Distinguishes the faults of a property (pure). Two violations are of one kind if their words are the same once the values
 * of the case are masked: what was expected and got, with the SQLSTATE and the names that PostgreSQL gives in an error.
 */
import type { SqlError } from "../database/sql-error.ts";
import type { Violation } from "./verdict.ts";

/** The kind of a violation: the one that the property names, or else the words of what it got and expected. */
export function nameKind({ kind, got, expected }: Violation): string {
  if (kind !== undefined) return toSlug(kind);
  const words = [toSlug(maskValues(got)), toSlug(maskValues(expected))].filter((slug) => slug !== "");

  return words.join("-instead-of-") || "violated";
}

/** Joins the words of a text by dashes, in lower case. */
export function toSlug(text: string): string {
  return (text.toLowerCase().match(/[a-z0-9_]+/g) ?? []).join("-");
}

/** The kind of an SQL error: the words of its message and its SQLSTATE. */
export function nameSqlError({ message, code }: SqlError): string {
  return toSlug(`${maskValues(message)} ${code}`);
}

/**
 * What is kept: the objects that PostgreSQL names in its messages, which are the schema's, SQLSTATEs and files. What is
 * not: texts in quotes, arguments and other parentheses, words with digits (numbers, ids, dates), folders, and where it was.
 */
const VALUES =
  /\b((?:relation|table|column|constraint|index|function|type|schema|trigger|sequence|view|role) "[^"]+"|[\w.-]+(?=\.sql\b))|(?:[\w.-]*\/)+(?=[\w.-]+\.sql\b)|\(SQLSTATE (\w{5})\)|"(?:[^"]|"")*"|'(?:[^']|'')*'|\([^()]*\)|(?:, line )?[\w.:+-]*\d[\w.:+-]*|\.sql\b|\bERROR:/g;

/** Removes what differs between two cases of one kind. */
export function maskValues(text: string): string {
  return text.replace(VALUES, (_, kept?: string, sqlstate?: string) => kept ?? sqlstate ?? " ");
}
