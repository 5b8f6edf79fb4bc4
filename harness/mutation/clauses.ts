/** Finds the clauses of a query, its row locks, and the branches of a CASE expression (pure). */
import type { Fragment } from "./fragment.ts";
import type { Span } from "./mutant.ts";
import type { TokenSite } from "./sites.ts";
import type { Subject } from "./subject.ts";
import { bracketDepth, type SqlToken, seek, wordsAt } from "./tokens.ts";

const clauseWords = new Set(
  (
    "WHERE GROUP HAVING WINDOW UNION INTERSECT EXCEPT ORDER LIMIT OFFSET FETCH FOR RETURNING ON INTO SET " +
    "VALUES WHEN JOIN LEFT RIGHT FULL INNER CROSS NATURAL"
  ).split(" "),
);

/** LEFT and RIGHT are functions too. */
function endsClause({ word, text }: SqlToken, next: SqlToken | undefined): boolean {
  const called = (word === "LEFT" || word === "RIGHT") && next?.text === "(";

  return text === ";" || (clauseWords.has(word) && !called);
}

interface SqlClause extends Span {
  readonly fragment: Fragment;
  /** The indexes of its first token and of the one after it. */
  readonly first: number;
  readonly next: number;
  readonly depth: number;
  readonly content: Span;
}

/** The clauses that begin with these words, up to the next clause or the end of the query. */
export function findClauses(subject: Subject, ...words: readonly string[]): SqlClause[] {
  return subject.fragments.flatMap((fragment) =>
    fragment.tokens.flatMap((token, first) => {
      if (!wordsAt(fragment.tokens, first, ...words)) return [];
      const from = first + words.length;
      const next = seek(fragment.tokens, from, (one, at) => endsClause(one, fragment.tokens[at + 1]));
      const [content, last] = [fragment.tokens[from], fragment.tokens[next - 1]];
      if (content === undefined || last === undefined || next <= from) return [];
      const depth = fragment.tokens.slice(0, first).reduce((sum, one) => sum + bracketDepth(one), 0);

      return [
        {
          fragment,
          first,
          next,
          depth,
          start: token.start,
          end: last.end,
          content: { start: content.start, end: last.end },
        },
      ];
    }),
  );
}

/** A locking clause: FOR UPDATE, NO KEY UPDATE, SHARE or KEY SHARE. */
interface RowLock extends SqlClause {
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

export interface CaseBranch extends Span {
  readonly isElse: boolean;
  readonly result: Span;
}

/** In their order; none if the CASE is not found. */
export function findCaseBranches({ fragment: { tokens }, token, at: first }: TokenSite): CaseBranch[] {
  if (token.word !== "CASE") return [];
  const next = (from: number, ...words: readonly string[]) => seek(tokens, from, ({ word }) => words.includes(word));
  const branches: CaseBranch[] = [];
  let at = next(first + 1, "WHEN");

  while (tokens[at]?.word === "WHEN" || tokens[at]?.word === "ELSE") {
    const isElse = tokens[at]?.word === "ELSE";
    const from = isElse ? at + 1 : next(at, "THEN") + 1;
    const end = next(from, "WHEN", "ELSE", "END");
    const [begin, result, last] = [tokens[at], tokens[from], tokens[end - 1]];
    if (begin === undefined || result === undefined || last === undefined) return [];
    branches.push({ start: begin.start, end: last.end, isElse, result: { start: result.start, end: last.end } });
    at = end;
  }

  return branches;
}
