/** Finds the branches of a CASE expression (pure). */
import type { Span } from "./mutant.ts";
import { findToken, type NodeSite } from "./sites.ts";
import { seek } from "./tokens.ts";

export interface CaseBranch extends Span {
  readonly isElse: boolean;
  readonly result: Span;
}

/** In their order; none if the CASE is not found. */
export function findCaseBranches(site: NodeSite): CaseBranch[] {
  const { tokens } = site.fragment;
  const token = findToken(site);
  if (token?.word !== "CASE") return [];
  const next = (from: number, ...words: readonly string[]) => seek(tokens, from, ({ word }) => words.includes(word));
  const branches: CaseBranch[] = [];
  let at = next(site.fragment.tokenAt(token.start) + 1, "WHEN");

  while (tokens[at]?.word === "WHEN" || tokens[at]?.word === "ELSE") {
    const isElse = tokens[at]?.word === "ELSE";
    const from = isElse ? at + 1 : next(at, "THEN") + 1;
    const end = next(from, "WHEN", "ELSE", "END");
    const [first, result, last] = [tokens[at], tokens[from], tokens[end - 1]];
    if (first === undefined || result === undefined || last === undefined) return [];
    branches.push({ start: first.start, end: last.end, isElse, result: { start: result.start, end: last.end } });
    at = end;
  }

  return branches;
}
