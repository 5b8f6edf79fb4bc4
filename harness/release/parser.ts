/**
 * PostgreSQL's own parser, compiled to wasm, is the only judge of where a statement begins and ends. It speaks in bytes
 * of UTF-8 (statements) and in characters (errors); here everything becomes a position in the string.
 * The wasm is loaded once, when the first text is parsed: commands that parse nothing do not pay for it.
 */
import { HarnessError, messageOf } from "../errors.ts";

/** A statement as the parser found it, without the comments and white space around it. */
export interface ParsedStatement {
  /** The name of the parse node, such as `CreateStmt`. */
  readonly node: string;
  /** The parse node itself. */
  readonly tree: object;
  readonly start: number;
  readonly end: number;
  /** False for a last statement without its semicolon. */
  readonly closed: boolean;
}

/** What the parser made of a text: statements, or the first thing it would not take. */
export type ParseResult =
  | { readonly statements: readonly ParsedStatement[] }
  | { readonly message: string; readonly position: number };

/** A token of a text, by the scanner's name for it: `SCONST`, `IDENT`, `SELECT`. Comments and white space are none. */
export interface ScannedToken {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The PL/pgSQL functions and DO blocks of a text as the parser's trees, or what it would not take. */
export type ParsedBodies = { readonly functions: readonly unknown[] } | { readonly message: string };

/** The parser, once it is loaded. All texts hold no NUL and no lone surrogate; a text that is scanned parses. */
export interface Parser {
  parse(text: string): ParseResult;
  scan(text: string): readonly ScannedToken[];
  /** Of one statement that parses. */
  parseBodies(text: string): ParsedBodies;
}

type Library = typeof import("libpg-query");

let library: Promise<Library> | undefined;

/**
 * Parses text that holds no NUL and no lone surrogate.
 * @throws HarnessError where the parser itself fails, which is not the text's fault
 */
export async function parse(text: string): Promise<ParseResult> {
  return (await loadParser()).parse(text);
}

/** @throws HarnessError where it cannot be loaded; each of its functions where the parser itself fails */
export async function loadParser(): Promise<Parser> {
  library ??= load();
  const loaded = await library;

  return {
    parse: (text) => parseWith(loaded, text),
    scan: (text) => scanWith(loaded, text),
    parseBodies: (text) => parseBodiesWith(loaded, text),
  };
}

function parseWith(parser: Library, text: string): ParseResult {
  if (text === "") return { statements: [] };

  try {
    return { statements: statementsOf(parser, text) };
  } catch (thrown) {
    if (!parser.hasSqlDetails(thrown)) throw parserFailed(thrown);

    return {
      message: thrown.message,
      position: indexOfCharacter(text, thrown.sqlDetails?.cursorPosition ?? 0),
    };
  }
}

function scanWith(parser: Library, text: string): readonly ScannedToken[] {
  const toIndex = createByteIndex(text);

  return parser
    .scanSync(withoutControls(text))
    .tokens.filter(({ tokenName }) => !isComment(tokenName))
    .map(({ tokenName, start, end }) => ({ name: tokenName, start: toIndex(start), end: toIndex(end) }));
}

function parseBodiesWith(parser: Library, text: string): ParsedBodies {
  // A body of standard SQL (BEGIN ATOMIC, RETURN) is parsed with its statement; the library aborts on it.
  if (statementsOf(parser, text).some(({ tree }) => "sql_body" in tree)) return { functions: [] };

  try {
    const { plpgsql_funcs: functions } = parser.parsePlPgSQLSync(text) as { plpgsql_funcs?: unknown[] };

    return { functions: functions ?? [] };
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === "RuntimeError") throw parserFailed(thrown);

    return { message: messageOf(thrown) };
  }
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

function parserFailed(thrown: unknown): HarnessError {
  return new HarnessError(
    `PostgreSQL's parser failed: ${messageOf(thrown)}`,
    "Cut the file into smaller ones, and report the one that fails",
    thrown,
  );
}

function statementsOf(parser: Library, text: string): ParsedStatement[] {
  const toIndex = createByteIndex(text);

  return (parser.parseSync(text).stmts ?? []).map((raw) => {
    // The parser leaves out what is zero: the place of a first statement, the length of one without a semicolon.
    const from = raw.stmt_location ?? 0;
    const closed = (raw.stmt_len ?? 0) > 0;
    const start = toIndex(from);
    const end = closed ? toIndex(from + (raw.stmt_len ?? 0)) : text.length;
    const [node, tree] = Object.entries<object>(raw.stmt ?? {})[0] ?? ["", {}];

    return { node, tree, start, end: start + lengthOfTokens(parser, text.slice(start, end)), closed };
  });
}

/** Turns byte offsets into string indexes. */
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

function indexOfCharacter(text: string, characters: number): number {
  let index = 0;

  for (let seen = 0; seen < characters && index < text.length; seen += 1) {
    index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  }

  return index;
}

/** The length of a statement up to the end of its last token. Only a tail that may be a comment costs a scan. */
function lengthOfTokens(parser: Library, statement: string): number {
  const trimmed = statement.slice(0, lengthWithoutSpaceAtEnd(statement));
  const tail = trimmed.slice(Math.max(trimmed.lastIndexOf("\n"), trimmed.lastIndexOf("\r")) + 1);

  if (!tail.includes("--") && !tail.endsWith("*/")) return trimmed.length;

  const tokens = parser.scanSync(withoutControls(trimmed)).tokens;
  const last = tokens.findLast(({ tokenName }) => !isComment(tokenName));

  return Buffer.from(trimmed).toString("utf8", 0, last?.end ?? 0).length;
}

function isComment(tokenName: string): boolean {
  return tokenName === "SQL_COMMENT" || tokenName === "C_COMMENT";
}

/** White space as PostgreSQL has it: to trim more, such as a no-break space, would cut into a name. */
function lengthWithoutSpaceAtEnd(text: string): number {
  let length = text.length;

  while (length > 0 && " \t\n\r\f\v".includes(text.charAt(length - 1))) length -= 1;

  return length;
}

/**
 * The scanner's answer is broken JSON where a token holds a control character. Blanks of the same length move no token:
 * in a text that was parsed, such a character stands in a quote or a comment, or is white space itself.
 */
function withoutControls(text: string): string {
  return Array.from(text, (character) =>
    character < " " && !"\t\n\r".includes(character) ? " " : character,
  ).join("");
}
