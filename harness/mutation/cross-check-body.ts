/** Compares a body that was read from tokens with the tree of PL/pgSQL's own parser (pure). */
import { BODY_KINDS, type Body } from "./body.ts";

/** `if 12` for each statement, and the texts of the expressions and queries. */
interface BodyOutline {
  readonly statements: readonly string[];
  readonly queries: ReadonlySet<string>;
}

export function outlineTree(tree: unknown): BodyOutline {
  const statements: string[] = [];
  const queries = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [name, inner] of Object.entries(value as Record<string, unknown>)) {
      const kind = name.startsWith("PLpgSQL_stmt_") ? name.slice("PLpgSQL_stmt_".length) : undefined;
      const line = (inner as { lineno?: number } | null)?.lineno;
      // The RETURN that PL/pgSQL adds has no line.
      if (kind !== undefined && line !== undefined)
        statements.push(`${BODY_KINDS[kind as keyof typeof BODY_KINDS] ?? kind} ${line}`);
      if (name === "query" && typeof inner === "string") queries.add(squeezed(inner));
      visit(inner);
    }
  };
  visit(tree);

  return { statements, queries };
}

/** @param start where the first line of the body begins */
export function outlineBody(body: Body, source: string, start: number): string[] {
  return body.statements
    .filter(({ kind }) => kind !== "null")
    .map(({ kind, token }) => {
      const line = source.slice(start, token.start).split("\n").length;

      return `${kind === "continue" ? "exit" : kind} ${line}`;
    });
}

/** Whether the parser has the text of a part; in an assignment and a simple CASE it is part of a longer text. */
export function containsQuery({ queries }: BodyOutline, text: string): boolean {
  const words = squeezed(text);

  return queries.has(words) || [...queries].some((one) => one.endsWith(`= ${words}`) || one.endsWith(`IN (${words})`));
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
