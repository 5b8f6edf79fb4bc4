/**
 * Scans a source with PostgreSQL's own scanner, so that no word in a string or a comment is taken for a keyword.
 */
import type { Parser } from "../release/parser.ts";
import type { Span } from "./mutant.ts";

type TokenKind = "word" | "name" | "string" | "number" | "symbol";

export interface SqlToken extends Span {
  readonly kind: TokenKind;
  readonly text: string;
  /** A keyword or an unquoted name, in capitals; empty for any other token. */
  readonly word: string;
}

/** The tokens of a part of the source, with positions in the whole. */
export function scanTokens(parser: Parser, source: string, { start, end }: Span): SqlToken[] {
  return parser.scan(source.slice(start, end)).map((token) => {
    const text = source.slice(start + token.start, start + token.end);

    return { start: start + token.start, end: start + token.end, text, ...classifyToken(token.name, text) };
  });
}

function classifyToken(name: string, text: string): Pick<SqlToken, "kind" | "word"> {
  if (name.endsWith("SCONST")) return { kind: "string", word: "" };
  if (name === "ICONST" || name === "FCONST") return { kind: "number", word: "" };
  if (text.startsWith('"')) return { kind: "name", word: "" };
  if (/^[\p{L}_]/u.test(text)) return { kind: "word", word: text.toUpperCase() };

  return { kind: "symbol", word: "" };
}

/** By how much a token changes the depth of brackets: 1, -1 or 0. */
export function bracketDepth({ text, kind }: SqlToken): number {
  if (kind !== "symbol") return 0;
  if (text === "(" || text === "[") return 1;

  return text === ")" || text === "]" ? -1 : 0;
}

/** The index of the matching bracket; -1 if there is none. */
export function findPartner(tokens: readonly SqlToken[], at: number): number {
  const first = tokens[at];
  const step = first === undefined ? 0 : bracketDepth(first);

  if (step === 0) return -1;

  let depth = 0;

  for (let index = at; index >= 0 && index < tokens.length; index += step) {
    const token = tokens[index];
    depth += token === undefined ? 0 : bracketDepth(token);
    if (depth === 0) return index;
  }

  return -1;
}

/**
 * The index of the first token from `from` on, at the same depth of brackets, for which `stops` is true; or of the bracket
 * that ends this depth; or else the number of tokens. Skips from CASE to its END.
 */
export function seek(
  tokens: readonly SqlToken[],
  from: number,
  stops: (token: SqlToken, index: number) => boolean,
): number {
  let depth = 0;
  let cases = 0;

  for (let index = from; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined) break;
    if (depth === 0 && cases === 0 && stops(token, index)) return index;
    depth += bracketDepth(token);
    if (depth < 0) return index;
    if (token.word === "CASE") cases += 1;
    if (token.word === "END" && cases > 0) cases -= 1;
  }

  return tokens.length;
}

export function wordsAt(tokens: readonly SqlToken[], at: number, ...words: readonly string[]): boolean {
  return words.every((word, offset) => tokens[at + offset]?.word === word);
}

export function findWords(tokens: readonly SqlToken[], ...words: readonly string[]): Span[] {
  return tokens.flatMap((token, at) => {
    const last = tokens[at + words.length - 1];

    return last !== undefined && wordsAt(tokens, at, ...words) ? [{ start: token.start, end: last.end }] : [];
  });
}

/** The comma-separated items from index `from` up to `to`, without empty ones. */
export function splitItems(tokens: readonly SqlToken[], from: number, to: number): Span[] {
  const items: Span[] = [];

  for (let first = from; first < to; ) {
    const end = Math.min(
      seek(tokens, first, ({ text, kind }) => kind === "symbol" && text === ","),
      to,
    );
    const [one, last] = [tokens[first], tokens[end - 1]];
    if (one !== undefined && last !== undefined && end > first) items.push({ start: one.start, end: last.end });
    first = end + 1;
  }

  return items;
}
