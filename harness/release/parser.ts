/**
 * Parses SQL with PostgreSQL's own parser (libpg-query, in WebAssembly). The library counts bytes of UTF-8 in statements
 * and characters in errors; here every position is an index of the string. It is loaded when the first text is parsed.
 */
import { HarnessError, messageOf } from "../errors.ts";

/** A statement, without the comments and white space around it. */
export interface ParsedStatement {
  /** The name of the parse node, such as `CreateStmt`. */
  readonly node: string;
  readonly tree: object;
  readonly start: number;
  readonly end: number;
  /** False for a last statement without its semicolon. */
  readonly closed: boolean;
}

/** The statements of a text, or its first syntax error. */
type ParseResult =
  | { readonly statements: readonly ParsedStatement[] }
  | { readonly message: string; readonly position: number };

/** A token by the name that the scanner gives it: `SCONST`, `IDENT`, `SELECT`. Comments are not tokens. */
interface ScannedToken {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The PL/pgSQL functions and DO blocks of a text as parse trees, or the syntax error. */
type ParsedBodies = { readonly functions: readonly unknown[] } | { readonly message: string };

type Library = typeof import("libpg-query");

/**
 * The parser, loaded. Texts must not contain NUL or a lone surrogate; a text that is scanned must parse.
 * @throws HarnessError from each function if the parser itself fails
 */
export class Parser {
  readonly #library: Library;

  constructor(library: Library) {
    this.#library = library;
  }

  parse(text: string): ParseResult {
    if (text === "") return { statements: [] };
    try {
      return { statements: this.#listStatements(text) };
    } catch (thrown) {
      if (!this.#library.hasSqlDetails(thrown)) throw createParserError(thrown);
      const before = [...text].slice(0, thrown.sqlDetails?.cursorPosition ?? 0).join("");

      return { message: thrown.message, position: before.length };
    }
  }

  scan(text: string): readonly ScannedToken[] {
    const toIndex = createByteIndex(text);

    return this.#library
      .scanSync(blankControls(text))
      .tokens.filter(({ tokenName }) => tokenName !== "SQL_COMMENT" && tokenName !== "C_COMMENT")
      .map(({ tokenName, start, end }) => ({ name: tokenName, start: toIndex(start), end: toIndex(end) }));
  }

  /** Of one statement that parses. */
  parseBodies(text: string): ParsedBodies {
    // A body of standard SQL (BEGIN ATOMIC, RETURN) is parsed with its statement; the library aborts on it.
    if (this.#listStatements(text).some(({ tree }) => "sql_body" in tree)) return { functions: [] };
    try {
      const { plpgsql_funcs: functions } = this.#library.parsePlPgSQLSync(text) as { plpgsql_funcs?: unknown[] };

      return { functions: functions ?? [] };
    } catch (thrown) {
      if (thrown instanceof Error && thrown.name === "RuntimeError") throw createParserError(thrown);

      return { message: messageOf(thrown) };
    }
  }

  #listStatements(text: string): ParsedStatement[] {
    const toIndex = createByteIndex(text);

    return (this.#library.parseSync(text).stmts ?? []).map((raw) => {
      // The parser omits zeros: the location of a first statement, the length of one without a semicolon.
      const from = raw.stmt_location ?? 0;
      const closed = (raw.stmt_len ?? 0) > 0;
      const start = toIndex(from);
      const end = closed ? toIndex(from + (raw.stmt_len ?? 0)) : text.length;
      const [node, tree] = Object.entries<object>(raw.stmt ?? {})[0] ?? ["", {}];

      return { node, tree, start, end: start + this.#findTokensLength(text.slice(start, end)), closed };
    });
  }

  /** The length of a statement to the end of its last token. It is scanned only if it may end in a comment. */
  #findTokensLength(statement: string): number {
    const trimmed = statement.slice(0, findTrimmedLength(statement));
    const tail = trimmed.slice(Math.max(trimmed.lastIndexOf("\n"), trimmed.lastIndexOf("\r")) + 1);
    if (!tail.includes("--") && !tail.endsWith("*/")) return trimmed.length;

    return this.scan(trimmed).at(-1)?.end ?? 0;
  }
}

let library: Promise<Library> | undefined;

/**
 * Parses a text that contains no NUL and no lone surrogate.
 * @throws HarnessError if the parser cannot be loaded, or fails itself
 */
export async function parse(text: string): Promise<ParseResult> {
  return (await loadParser()).parse(text);
}

/** @throws HarnessError if it cannot be loaded */
export async function loadParser(): Promise<Parser> {
  library ??= load();

  return new Parser(await library);
}

async function load(): Promise<Library> {
  try {
    const loaded = await import("libpg-query");
    await loaded.loadModule();

    return loaded;
  } catch (thrown) {
    throw new HarnessError(
      `PostgreSQL's parser could not be loaded: ${messageOf(thrown)}`,
      "Install the project's dependencies again",
      thrown,
    );
  }
}

function createParserError(thrown: unknown): HarnessError {
  return new HarnessError(
    `PostgreSQL's parser failed: ${messageOf(thrown)}`,
    "Split the file into smaller ones, and report the one that fails",
    thrown,
  );
}

export function createByteIndex(text: string): (byte: number) => number {
  const length = Buffer.byteLength(text);

  if (length === text.length) return (byte) => byte;

  const indexes = new Uint32Array(length + 1).fill(text.length);
  let byte = 0;
  let index = 0;

  for (const character of text) {
    indexes[byte] = index;
    byte += Buffer.byteLength(character);
    index += character.length;
  }

  return (offset) => indexes[offset] ?? text.length;
}

/** PostgreSQL has fewer white space characters than `trim`: a no-break space is part of a name. */
function findTrimmedLength(text: string): number {
  let length = text.length;

  while (length > 0 && " \t\n\r\f\v".includes(text.charAt(length - 1))) length -= 1;

  return length;
}

/**
 * The scanner returns broken JSON for a token with a control character. In a text that parses, such a character is in a
 * quote or a comment, or is white space: a blank of the same length moves no token.
 */
function blankControls(text: string): string {
  return Array.from(text, (character) => (character < " " && !"\t\n\r".includes(character) ? " " : character)).join("");
}
