/**
 * FOR UPDATE and its kind (pure).
 */
import type { Span } from "./mutant.ts";
import { findClauses, type SqlClause } from "./sites.ts";
import type { Subject } from "./subject.ts";
import type { SqlToken } from "./tokens.ts";

export interface RowLock extends SqlClause {
  /** `NO KEY UPDATE`: what it takes, in capitals, and where that stands. */
  readonly strength: Span & { readonly words: string };
  /** NOWAIT or SKIP LOCKED, where it is there. */
  readonly waiting?: Span;
}

export function findRowLocks(subject: Subject): RowLock[] {
  return findClauses(subject, "FOR").flatMap((clause) => {
    const tokens = clause.fragment.tokens.slice(clause.first + 1, clause.behind);
    const last = tokens.findIndex(({ word }) => word === "UPDATE" || word === "SHARE");
    const waiting = tokens.filter(({ word }) => ["NOWAIT", "SKIP", "LOCKED"].includes(word));
    const strength = spanning(tokens.slice(0, last + 1));

    if (strength === undefined || !/^(NO KEY UPDATE|UPDATE|SHARE|KEY SHARE)$/.test(strength.words)) return [];

    const told = spanning(waiting);

    return [{ ...clause, strength, ...(told && { waiting: told }) }];
  });
}

function spanning(tokens: readonly SqlToken[]): (Span & { readonly words: string }) | undefined {
  const [first, last] = [tokens[0], tokens.at(-1)];

  return (
    first && last && { start: first.start, end: last.end, words: tokens.map(({ word }) => word).join(" ") }
  );
}
