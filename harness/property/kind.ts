/**
 * Tells the faults of a property apart (pure). Two violations are of one kind if their words are the same once the values
 * of the case are masked: what was expected and got, with the SQLSTATE and the names that PostgreSQL gives in an error.
 */
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

/**
 * What is kept: the objects that PostgreSQL names in its messages, which are the schema's, SQLSTATEs and files. What is
 * not: texts in quotes, and words with digits, such as numbers, ids and dates.
 */
const VALUES =
  /\b((?:relation|table|column|constraint|index|function|type|schema|trigger|sequence|view|role) "[^"]+"|[\w.-]+(?=\.sql\b))|\(([0-9A-Z]{5})\)|"(?:[^"]|"")*"|'(?:[^']|'')*'|[\w.:+-]*\d[\w.:+-]*/g;

/** Removes what differs between two cases of one kind. */
export function maskValues(text: string): string {
  return text.replace(VALUES, (_, kept?: string, sqlstate?: string) => kept ?? sqlstate ?? " ");
}
