/** Walks through the tokens of a PL/pgSQL body, and extracts its expressions and queries (pure). */
import type { BodyPart } from "./body.ts";
import type { Span } from "./mutant.ts";
import { type SqlToken, seek } from "./tokens.ts";

/** Thrown at unexpected tokens: the body is not mutated then. */
export class UnknownBody extends Error {
  override readonly name = "NotUnderstood";
}

export class BodyCursor {
  readonly source: string;
  readonly tokens: readonly SqlToken[];
  at = 0;

  constructor(source: string, tokens: readonly SqlToken[]) {
    this.source = source;
    this.tokens = tokens;
  }

  get token(): SqlToken {
    return this.tokenAt(this.at);
  }

  tokenAt(index: number): SqlToken {
    const token = this.tokens[index];
    if (token === undefined) throw new UnknownBody("unexpected end of the body");

    return token;
  }

  get last(): SqlToken {
    return this.tokenAt(this.at - 1);
  }

  is(...words: readonly string[]): boolean {
    return words.includes(this.tokens[this.at]?.word ?? "");
  }

  isSymbol(text: string): boolean {
    return this.tokens[this.at]?.text === text;
  }

  skip(...words: readonly string[]): boolean {
    const found = this.is(...words);
    if (found) this.at += 1;

    return found;
  }

  expect(word: string): SqlToken {
    const { token } = this;
    if (token.word !== word && token.text !== word) throw new UnknownBody(`${word} expected`);
    this.at += 1;

    return token;
  }

  /** The index of the next of these words or semicolon, at this bracket depth and outside of CASE … END. */
  next(...words: readonly string[]): number {
    return seek(this.tokens, this.at, ({ word, text }) => words.includes(word) || text === ";");
  }

  expression(role: BodyPart["role"], ...ends: readonly string[]): BodyPart[] {
    return this.expressionTo(role, this.next(...ends));
  }

  expressionTo(role: BodyPart["role"], to: number): BodyPart[] {
    const span = this.#moveTo(to);

    return span === undefined
      ? []
      : [{ kind: "expression", role, ...span, text: this.source.slice(span.start, span.end) }];
  }

  query(...ends: readonly string[]): BodyPart[] {
    const from = this.at;
    const span = this.#moveTo(this.next(...ends));
    if (span === undefined) return [];
    const text = withoutTarget(this.source, this.tokens.slice(from, this.at));

    return [{ kind: "query", role: "query", ...span, text }];
  }

  #moveTo(to: number): Span | undefined {
    const from = this.at;
    this.at = to;

    return to > from ? { start: this.tokenAt(from).start, end: this.last.end } : undefined;
  }
}

/** The query for the SQL parser: PERFORM becomes SELECT, and INTO with its variables blanks. */
function withoutTarget(source: string, tokens: readonly SqlToken[]): string {
  const [first, last] = [tokens[0], tokens.at(-1)];
  if (first === undefined || last === undefined) return "";
  const text = source.slice(first.start, last.end);
  if (first.word === "PERFORM") return text.replace(/^perform/i, "SELECT ");
  const into = tokens.findIndex(
    ({ word }, at) => word === "INTO" && !["INSERT", "MERGE"].includes(tokens[at - 1]?.word ?? ""),
  );
  const before = tokens[into];
  if (before === undefined || first.word === "IMPORT") return text;
  const next = skipTargets(tokens, into + 1);
  const end = tokens[next - 1]?.end ?? before.end;

  const [from, to] = [before.start - first.start, end - first.start];

  return text.slice(0, from) + text.slice(from, to).replace(/[^\n]/g, " ") + text.slice(to);
}

/** The index after `[STRICT] a, b.c, …`. */
export function skipTargets(tokens: readonly SqlToken[], from: number): number {
  let at = tokens[from]?.word === "STRICT" ? from + 1 : from;

  for (;;) {
    at += 1;
    while (tokens[at]?.text === ".") at += 2;
    if (tokens[at]?.text !== ",") return at;
    at += 1;
  }
}
