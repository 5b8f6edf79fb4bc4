/**
 * The operands of AND and OR, and the words between them (pure).
 */
import type { Span } from "./mutant.ts";
import { type Site, spansIn } from "./sites.ts";
import type { Token } from "./tokens.ts";

/** The operands of a chain of AND or of OR, with their brackets; none where one is not certain. */
export function operandsOf(site: Site): Span[] {
  return site.node.fields["boolop"] === "NOT_EXPR" ? [] : (spansIn(site, "args") ?? []);
}

/** The words AND or OR between the operands of a chain. */
export function connectivesOf(site: Site): Token[] {
  return operandsOf(site)
    .slice(1)
    .flatMap(({ start }) => {
      const token = site.fragment.tokens.findLast((one) => one.end <= start);

      return token?.word === "AND" || token?.word === "OR" ? [token] : [];
    });
}
