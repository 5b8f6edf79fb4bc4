/**
 * Splits an isolation spec into tokens, as PostgreSQL's own scanner does (pure): keywords, names bare or quoted, SQL in
 * braces, comments from # to the end of the line. SQL ends at the first closing brace: the format cannot escape one.
 */
import { HarnessError } from "../errors.ts";
import { SPEC_KEYWORDS, type SpecKeyword } from "./spec.ts";

/** The first line and the first column are 1. */
export interface SpecPosition {
  readonly line: number;
  readonly column: number;
}

export type SpecToken = SpecPosition &
  (
    | { readonly kind: "keyword"; readonly text: SpecKeyword }
    | { readonly kind: "name" | "sql" | "number" | "sign" | "end"; readonly text: string }
  );

const TOKEN =
  /(?<blank>[ \t\r\f\n]+|#[^\n\r]*)|"(?<quoted>(?:[^"\n]|"")*)"|\{[ \t\r\f]*(?<sql>[^}]*?)[ \t\r\f]*\}|(?<bare>[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*)|(?<number>\d+)|(?<sign>[(),*])/y;

/**
 * Splits the text of a spec.
 * @param file the spec's name in an error
 * @throws HarnessError with line and column where a character is not valid, or a quote or brace not closed
 */
export function tokenizeSpec(text: string, file: string): readonly SpecToken[] {
  const tokens: SpecToken[] = [];
  let line = 1;
  let lineStart = 0;

  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    const position = { line, column: at - lineStart + 1 };
    if (match?.groups === undefined) throw specError(file, position, describeInvalid(text, at));
    const token = toToken(match.groups);
    if (token !== undefined) {
      tokens.push({ ...token, ...position });
    }
    const [matched] = match;
    const lineFeeds = matched.split("\n").length - 1;
    line += lineFeeds;
    lineStart = lineFeeds === 0 ? lineStart : at + matched.lastIndexOf("\n") + 1;
  }

  return [...tokens, { kind: "end", text: "the end of the spec", line, column: text.length - lineStart + 1 }];
}

/** An error in a spec: `file, line 3, column 7: …` */
export function specError(file: string, { line, column }: SpecPosition, what: string): HarnessError {
  return new HarnessError(`${file}, line ${line}, column ${column}: ${what}`, "Fix the spec, and run again");
}

type TokenText = {
  [Kind in SpecToken["kind"]]: Omit<SpecToken & { readonly kind: Kind }, keyof SpecPosition>;
}[SpecToken["kind"]];

function toToken({
  blank,
  quoted,
  sql,
  bare,
  number,
  sign,
}: Record<string, string | undefined>): TokenText | undefined {
  if (blank !== undefined) return undefined;
  if (quoted !== undefined) {
    return { kind: "name", text: quoted.replaceAll('""', '"') };
  }
  if (sql !== undefined) {
    return { kind: "sql", text: sql };
  }
  if (bare !== undefined) {
    const keyword = SPEC_KEYWORDS.find((one) => one === bare);
    return keyword === undefined ? { kind: "name", text: bare } : { kind: "keyword", text: keyword };
  }

  return number === undefined ? { kind: "sign", text: sign ?? "" } : { kind: "number", text: number };
}

function describeInvalid(text: string, at: number): string {
  switch (text[at]) {
    case '"':
      return "a name in quotes is not closed on its line";
    case "{":
      return "an SQL block is not closed";
    default:
      return `unexpected character "${String.fromCodePoint(text.codePointAt(at) ?? 0)}"`;
  }
}
