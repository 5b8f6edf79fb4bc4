/** Finds the operands of AND and OR, and the words between them (pure). */
import type { Span } from "./mutant.ts";
import { findSpans, type NodeSite } from "./sites.ts";
import type { SqlToken } from "./tokens.ts";

/** The operands of a chain of AND or of OR, with their parentheses; none if one is uncertain. */
export function findOperands(site: NodeSite): Span[] {
  return site.node.fields["boolop"] === "NOT_EXPR" ? [] : (findSpans(site, "args") ?? []);
}

export function findConnectives(site: NodeSite): SqlToken[] {
  return findOperands(site)
    .slice(1)
    .flatMap(({ start }) => {
      const token = site.fragment.tokens.findLast((one) => one.end <= start);

      return token?.word === "AND" || token?.word === "OR" ? [token] : [];
    });
}
