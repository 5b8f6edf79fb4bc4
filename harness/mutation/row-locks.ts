/** Finds the locking clauses of a query: FOR UPDATE, NO KEY UPDATE, SHARE and KEY SHARE (pure). */
import type { Span } from "./mutant.ts";
import { findClauses, type SqlClause } from "./sites.ts";
import type { Subject } from "./subject.ts";
import type { SqlToken } from "./tokens.ts";

export interface RowLock extends SqlClause {
  /** Such as `NO KEY UPDATE`, in capitals. */
  readonly strength: Span & { readonly words: string };
  /** NOWAIT or SKIP LOCKED, if present. */
  readonly waiting?: Span;
}

export function findRowLocks(subject: Subject): RowLock[] {
  return findClauses(subject, "FOR").flatMap((clause) => {
    const tokens = clause.fragment.tokens.slice(clause.first + 1, clause.next);
    const last = tokens.findIndex(({ word }) => word === "UPDATE" || word === "SHARE");
    const waitTokens = tokens.filter(({ word }) => ["NOWAIT", "SKIP", "LOCKED"].includes(word));
    const strength = spanning(tokens.slice(0, last + 1));

    if (strength === undefined || !/^(NO KEY UPDATE|UPDATE|SHARE|KEY SHARE)$/.test(strength.words)) return [];

    const waiting = spanning(waitTokens);

    return [{ ...clause, strength, ...(waiting && { waiting }) }];
  });
}

function spanning(tokens: readonly SqlToken[]): (Span & { readonly words: string }) | undefined {
  const [first, last] = [tokens[0], tokens.at(-1)];

  return first && last && { start: first.start, end: last.end, words: tokens.map(({ word }) => word).join(" ") };
}
