/**
 * Splits files into statements with PostgreSQL's own parser, never by a regular expression. psql's commands are found in
 * the same way: outside of quotes and comments a backslash is a syntax error, so the parser stops there. The text before
 * it is SQL, its line is psql's, and the parser continues after that.
 */
import { HarnessError } from "../errors.ts";
import { loadParser, type ParsedStatement, type Parser } from "./parser.ts";
import { createPositionLookup } from "./position.ts";
import type { Statement } from "./release.ts";

interface SourceText {
  readonly parser: Parser;
  readonly source: string;
  readonly line: (position: number) => number;
  readonly createError: (position: number, problem: string, remedy: string) => HarnessError;
}

/**
 * Lists the statements of a file in order, each from its first token to its last, without its semicolon. A byte order
 * mark is skipped.
 *
 * A psql command is a statement of its own, with the rest of its line. Those that only display something are kept
 * (`\d…`, `\l`, `\sf`, `\timing`, `\echo`, `\pset`, `\x`, `\set` and the like); `\g`, `\gx`, `\gset` and
 * `\crosstabview` also end the SQL before them, as a semicolon does. Others are rejected, and so are psql's variables and rows for COPY.
 *
 * @param file the name of the text in errors
 * @throws HarnessError with `file:line:column` for what PostgreSQL or the harness rejects
 */
export async function splitStatements(source: string, file = "SQL"): Promise<Statement[]> {
  return splitWith(await loadParser(), source, file);
}

/** The same with a parser that is loaded already. */
export function splitWith(parser: Parser, source: string, file: string): Statement[] {
  const text = createSourceText(parser, source.replace(/^\uFEFF/, ""), file);
  const statements: Statement[] = [];
  rejectUnreadable(text);

  for (let from = 0; from < text.source.length; ) {
    const rest = text.source.slice(from);
    const parsed = parser.parse(rest);

    if ("statements" in parsed) {
      // One by one: a call takes about 100,000 arguments at most.
      for (const statement of toStatements(text, from, parsed.statements)) statements.push(statement);
      break;
    }

    if (rest[parsed.position] !== "\\") throw createSyntaxError(text, from, from + parsed.position, parsed.message);

    const command = parseMetaCommand(text.source, from + parsed.position);
    statements.push(...splitBefore(text, from, from + parsed.position, command));
    statements.push({ kind: "meta", text: command.text, line: text.line(from + parsed.position), node: "meta" });
    from = command.end;
  }

  return statements;
}

function createSourceText(parser: Parser, source: string, file: string): SourceText {
  const findPosition = createPositionLookup(source);

  return {
    parser,
    source,
    line: (position) => findPosition(position).line,
    createError(position, problem, remedy) {
      const { line, column } = findPosition(position);

      return new HarnessError(`${file}:${line}:${column}: ${problem}`, remedy);
    },
  };
}

/** The parser would end the text at a NUL, and replace a lone surrogate. */
function rejectUnreadable({ source, createError }: SourceText): void {
  const nul = source.indexOf("\0");
  const half = source.search(/\p{Surrogate}/u);

  if (nul !== -1) throw createError(nul, "a NUL character, which PostgreSQL does not take", "Remove it");
  if (half !== -1) throw createError(half, "half a character (a lone surrogate)", "Write the whole character");
}

function splitBefore(text: SourceText, from: number, to: number, command: MetaCommand): Statement[] {
  const parsed = text.parser.parse(text.source.slice(from, to));
  const last = "statements" in parsed ? parsed.statements.at(-1) : undefined;
  const statements = "statements" in parsed ? toStatements(text, from, parsed.statements) : [];
  const problem = findProblem(command);
  if (problem !== undefined) throw text.createError(to, ...problem);

  if (command.sendsStatement) {
    if ("message" in parsed) throw text.createError(from + parsed.position, parsed.message, "Fix the statement");
    if (last === undefined || last.closed) {
      throw text.createError(
        to,
        `\\${command.name} would send the last statement again`,
        `Put \\${command.name} in place of the semicolon, or write the statement twice`,
      );
    }
  } else if ("message" in parsed || last?.closed === false) {
    throw text.createError(
      to,
      `\\${command.name} is inside a statement`,
      "End the statement before it with a semicolon",
    );
  }

  return statements;
}

function toStatements(text: SourceText, from: number, parsed: readonly ParsedStatement[]): Statement[] {
  return parsed.map((statement) => {
    const start = from + statement.start;

    if (readsRowsFromFile(statement)) throw createRowsError(text, start);

    return {
      kind: "sql",
      text: text.source.slice(start, from + statement.end),
      line: text.line(start),
      node: statement.node,
    };
  });
}

/** The rows of COPY … FROM stdin are in the file, and are not SQL. */
function readsRowsFromFile({ node, tree }: ParsedStatement): boolean {
  return node === "CopyStmt" && "is_from" in tree && !("filename" in tree);
}

function createRowsError({ createError }: SourceText, position: number): HarnessError {
  return createError(position, "COPY from stdin is not supported", "Write the rows as INSERT statements");
}

/** Explains why the parser stopped at `position`: psql's variables and rows have errors of their own. */
function createSyntaxError(text: SourceText, from: number, position: number, message: string): HarnessError {
  const variable = /^:(?:[\w\u0080-\uFFFF]+|'[^'\n]+'|"[^"\n]+"|\{\?\w+\})/.exec(text.source.slice(position));

  if (variable !== null) {
    return text.createError(
      position,
      `the psql variable ${variable[0]} is not supported`,
      "Write its value in its place",
    );
  }

  const semicolon = text.source.lastIndexOf(";", position);
  const complete = semicolon < from ? undefined : text.parser.parse(text.source.slice(from, semicolon + 1));
  const last = complete !== undefined && "statements" in complete ? complete.statements.at(-1) : undefined;

  if (last !== undefined && readsRowsFromFile(last)) return createRowsError(text, from + last.start);

  return text.createError(position, message, "Fix the statement, so that PostgreSQL can parse it");
}

interface MetaCommand {
  /** The name after the backslash, without arguments and without a closing semicolon. */
  readonly name: string;
  /** From the backslash to the end of the line, without trailing white space. */
  readonly text: string;
  readonly end: number;
  /** Whether it sends the statement before it, as a semicolon does. */
  readonly sendsStatement: boolean;
}

/** Send the statement, and change only how its result is displayed or stored. */
const SENDING = new Set(["g", "gx", "gset", "crosstabview"]);

/** Display something, or change how psql displays it. */
const HARMLESS = new Set(
  (
    "? C H T a conninfo copyright echo errverbose f h help html o out p print pset qecho restrict set t timing " +
    "unrestrict unset warn x"
  ).split(" "),
);

/** `\d` and its relatives, in many combinations (`\dt`, `\dRp+`). */
const DESCRIBING = /^(?:d[A-Za-z]*|l|list|sf|sv|z)[Sx+]*$/;

const REMEDIES: Readonly<Record<string, string>> = {
  ";": "End the statement with a plain semicolon",
  ".": "Write the rows as INSERT statements",
  copy: "Write the rows as INSERT statements",
  gexec: "Write the statements out, or run them with EXECUTE in a DO block",
  i: "Write its statements here, or name the file in release.json, at its place in the list",
  if: "Write the condition in SQL, in a DO block",
};

const FAMILIES: Readonly<Record<string, string>> = {
  include: "i",
  ir: "i",
  include_relative: "i",
  elif: "if",
  else: "if",
  endif: "if",
};

function parseMetaCommand(source: string, start: number): MetaCommand {
  const lineFeed = source.indexOf("\n", start);
  const end = lineFeed === -1 ? source.length : lineFeed + 1;
  const text = source.slice(start, end).trimEnd();
  const word = /^\\([^\s\\]*)/.exec(text)?.[1] ?? "";
  const name = word.startsWith(";") ? ";" : word.replace(/;.*/, "");

  return { name, text, end, sendsStatement: SENDING.has(name) };
}

/** Why the command is rejected, if it is, and the remedy. */
function findProblem(command: MetaCommand): readonly [problem: string, remedy: string] | undefined {
  const { name } = command;
  if (!isIgnored(command)) {
    const remedy = REMEDIES[FAMILIES[name] ?? name] ?? "Remove it, or write the same in SQL";

    return [`the psql command \\${name} is not supported`, remedy];
  }

  return hasSecondCommand(command.text)
    ? ["a second command follows on the line of a psql command", "Give it a line of its own"]
    : undefined;
}

function isIgnored({ name, text, sendsStatement: sends }: MetaCommand): boolean {
  // These two variables change the transactions of statements.
  if (name === "set" && /^\\set\s+(AUTOCOMMIT|ON_ERROR_ROLLBACK)\b/.test(text)) return false;

  return sends || HARMLESS.has(name) || DESCRIBING.test(name);
}

/** In psql a backslash outside of quotes ends the arguments: a command, or SQL, follows. */
function hasSecondCommand(text: string): boolean {
  const quoted = /'(?:[^'\\]|\\.|'')*(?:'|$)|"[^"]*(?:"|$)|`[^`]*(?:`|$)/g;

  return text.slice(1).replace(quoted, "").includes("\\");
}
