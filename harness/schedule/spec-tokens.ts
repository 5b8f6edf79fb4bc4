/**
 * The words of an isolation spec, as PostgreSQL's own scanner cuts them (pure): keywords, names bare or in quotes, SQL
 * in braces, comments from # to the end of the line. SQL ends at the first closing brace: the format has no way to
 * write one within it.
 */
import { HarnessError } from "../errors.ts";
import { KEYWORDS, type Keyword } from "./spec.ts";

/** Where something stands: the first line and the first column are 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export type Token = Place &
  (
    | { readonly kind: "keyword"; readonly text: Keyword }
    | { readonly kind: "name" | "sql" | "number" | "sign" | "end"; readonly text: string }
  );

// Quotes and braces that nobody closed come after those that are closed.
const WORDS =
  /(?<blank>[ \t\r\f\n]+|#[^\n\r]*)|"(?<quoted>(?:[^"\n]|"")*)"|\{[ \t\r\f]*(?<sql>[^}]*?)[ \t\r\f]*\}|(?<bare>[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*)|(?<number>\d+)|(?<sign>[(),*])/y;

/**
 * Cuts the text of a spec.
 * @param file how the spec is called in an error
 * @throws HarnessError with line and column where something is no word, or not closed
 */
export function tokensOf(text: string, file: string): readonly Token[] {
  const tokens: Token[] = [];
  const place = new Places();

  for (let at = 0; at < text.length; ) {
    WORDS.lastIndex = at;
    const match = WORDS.exec(text);
    const here = place.of(text, at);
    if (match?.groups === undefined) {
      throw specError(file, here, troubleAt(text, at));
    }
    const token = tokenOf(match.groups);
    if (token !== undefined) {
      tokens.push({ ...token, ...here });
    }
    at = WORDS.lastIndex;
  }

  return [...tokens, { kind: "end", text: "the end of the spec", ...place.of(text, text.length) }];
}

/** An error in a spec: `file, line 3, column 7: …` */
export function specError(file: string, { line, column }: Place, what: string): HarnessError {
  return new HarnessError(`${file}, line ${line}, column ${column}: ${what}`, "Mend the spec, and run again");
}

type Bare = { [Kind in Token["kind"]]: Omit<Token & { readonly kind: Kind }, keyof Place> }[Token["kind"]];

function tokenOf({
  blank,
  quoted,
  sql,
  bare,
  number,
  sign,
}: Record<string, string | undefined>): Bare | undefined {
  if (blank !== undefined) {
    return undefined;
  }
  if (quoted !== undefined) {
    return { kind: "name", text: quoted.replaceAll('""', '"') };
  }
  if (sql !== undefined) {
    return { kind: "sql", text: sql };
  }
  if (bare !== undefined) {
    const keyword = KEYWORDS.find((one) => one === bare);
    return keyword === undefined ? { kind: "name", text: bare } : { kind: "keyword", text: keyword };
  }

  return number === undefined ? { kind: "sign", text: sign ?? "" } : { kind: "number", text: number };
}

function troubleAt(text: string, at: number): string {
  switch (text[at]) {
    case '"':
      return "a name in quotes is not closed on its line";
    case "{":
      return "an SQL block is not closed";
    default:
      return `unexpected character "${String.fromCodePoint(text.codePointAt(at) ?? 0)}"`;
  }
}

/** Counts lines and columns from one place to the next, which is never before it. */
class Places {
  #at = 0;
  #line = 1;
  #lineStart = 0;

  of(text: string, at: number): Place {
    for (; this.#at < at; this.#at += 1) {
      if (text[this.#at] === "\n") {
        this.#line += 1;
        this.#lineStart = this.#at + 1;
      }
    }

    return { line: this.#line, column: at - this.#lineStart + 1 };
  }
}
