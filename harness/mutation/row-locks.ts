/**
 * FOR UPDATE and its kind (pure).
 */
import type { Span } from "./mutant.ts";
import { type Clause, clausesOf } from "./sites.ts";
import type { Subject } from "./subject.ts";
import type { Token } from "./tokens.ts";

export interface RowLock extends Clause {
  /** `NO KEY UPDATE`: what it takes, in capitals, and where that stands. */
  readonly strength: Span & { readonly words: string };
  /** NOWAIT or SKIP LOCKED, where it is there. */
  readonly waiting?: Span;
}

export function rowLocksOf(subject: Subject): RowLock[] {
  return clausesOf(subject, "FOR").flatMap((clause) => {
    const tokens = clause.fragment.tokens.slice(clause.first + 1, clause.behind);
    const last = tokens.findIndex(({ word }) => word === "UPDATE" || word === "SHARE");
    const waiting = tokens.filter(({ word }) => ["NOWAIT", "SKIP", "LOCKED"].includes(word));
    const strength = spanning(tokens.slice(0, last + 1));

    if (strength === undefined || !/^(NO KEY UPDATE|UPDATE|SHARE|KEY SHARE)$/.test(strength.words)) return [];

    const told = spanning(waiting);

    return [{ ...clause, strength, ...(told && { waiting: told }) }];
  });
}

function spanning(tokens: readonly Token[]): (Span & { readonly words: string }) | undefined {
  const [first, last] = [tokens[0], tokens.at(-1)];

  return (
    first && last && { start: first.start, end: last.end, words: tokens.map(({ word }) => word).join(" ") }
  );
}
