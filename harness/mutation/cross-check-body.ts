/** Compares a body that was read from tokens with the tree of PL/pgSQL's own parser (pure). */
import type { Body, BodyKind } from "./body.ts";

const kindOf: Readonly<Record<string, BodyKind>> = {
  block: "block",
  if: "if",
  case: "case",
  loop: "loop",
  while: "while",
  fori: "for",
  fors: "for",
  forc: "for",
  dynfors: "for",
  foreach_a: "foreach",
  exit: "exit",
  return: "return",
  return_next: "return",
  return_query: "return",
  raise: "raise",
  assert: "assert",
  perform: "perform",
  call: "call",
  dynexecute: "execute",
  getdiag: "diagnostics",
  commit: "commit",
  rollback: "rollback",
  open: "cursor",
  fetch: "cursor",
  close: "cursor",
  assign: "assignment",
  execsql: "sql",
};

/** What both give: `if 12` for each statement, and the texts of the expressions and queries. */
export interface BodyOutline {
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
      if (kind !== undefined && line !== undefined) statements.push(`${kindOf[kind] ?? kind} ${line}`);
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
  if (queries.has(words)) return true;

  return [...queries].some(
    (query) => query.endsWith(`:= ${words}`) || query.endsWith(`= ${words}`) || query.endsWith(`IN (${words})`),
  );
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
