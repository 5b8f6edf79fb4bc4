/** Finds texts that triggers and checks compare with: worth trying as values (pure). */
import { findMentionedColumns, type TableModel } from "./schema-model.ts";

export interface LiteralSource {
  readonly columns: readonly string[];
  readonly literals: readonly string[];
}

/** The string literals of triggers and checks, with the columns that each mentions. */
export function findSources(table: TableModel): readonly LiteralSource[] {
  return [
    ...table.triggers.map(({ body, called }) => ({ mentions: body, text: `${body}\n${called ?? ""}` })),
    ...table.checks.map(({ expression }) => ({ mentions: expression, text: expression })),
  ].map(({ mentions, text }) => ({
    columns: findMentionedColumns(mentions, table),
    literals: [...text.replace(/--.*$/gm, "").matchAll(/'((?:[^']|''){1,120})'/g)].map(([, literal = ""]) =>
      literal.replaceAll("''", "'"),
    ),
  }));
}

/** What the conditions on a column compare with is worth trying in it. */
export function findLiterals(sources: readonly LiteralSource[], column: string): readonly string[] {
  return sources
    .filter(({ columns }) => columns.length === 0 || columns.includes(column))
    .flatMap(({ literals }) => literals)
    .slice(0, 40);
}
