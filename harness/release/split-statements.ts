/**
 * A file is cut into statements by PostgreSQL's own parser, never by a regular expression. psql's commands are found the
 * same way: outside quotes and comments a backslash is no SQL, so the parser stops at it. What lies before it is SQL,
 * its line is psql's, and the parser goes on behind it.
 */
import { HarnessError } from "../errors.ts";
import { findMetaCommandProblem, type MetaCommand, parseMetaCommand } from "./meta-command.ts";
import { type ParsedStatement, parse } from "./parser.ts";
import { createPositionLookup } from "./position.ts";
import type { Statement } from "./release.ts";

/** The text that is being cut, and how to speak of a position in it. */
interface Text {
  readonly source: string;
  readonly line: (position: number) => number;
  readonly refuse: (position: number, wrong: string, remedy: string) => HarnessError;
}

/**
 * The statements of a file in their order, each with its own text: no semicolon, and no comments or white space before
 * its first token or after its last. A file of comments has none; a byte order mark is skipped.
 *
 * A psql command is a statement of its own, with the rest of its line. Those that only show something pass (`\d…`, `\l`,
 * `\sf`, `\timing`, `\echo`, `\pset`, `\x`, `\set` and the like); `\g`, `\gx`, `\gset` and `\crosstabview` also end
 * the SQL before them, as a semicolon does. Every other is refused, and so are psql's variables and rows for COPY.
 *
 * @param file how errors name the text
 * @throws HarnessError with `file:line:column` for what PostgreSQL or the harness cannot take
 */
export async function splitStatements(source: string, file = "SQL"): Promise<Statement[]> {
  const text = textOf(source.replace(/^\uFEFF/, ""), file);
  const statements: Statement[] = [];
  refuseUnreadable(text);

  for (let from = 0; from < text.source.length; ) {
    const rest = text.source.slice(from);
    const parsed = await parse(rest);

    if ("statements" in parsed) {
      statements.push(...told(text, from, parsed.statements));
      break;
    }

    if (rest[parsed.position] !== "\\")
      throw await syntaxError(text, from, from + parsed.position, parsed.message);

    const command = parseMetaCommand(text.source, from + parsed.position);
    statements.push(...(await before(text, from, from + parsed.position, command)));
    statements.push({
      kind: "meta",
      text: command.text,
      line: text.line(from + parsed.position),
      node: "meta",
    });
    from = command.end;
  }

  return statements;
}

function textOf(source: string, file: string): Text {
  const placeOf = createPositionLookup(source);

  return {
    source,
    line: (position) => placeOf(position).line,
    refuse(position, wrong, remedy) {
      const { line, column } = placeOf(position);

      return new HarnessError(`${file}:${line}:${column}: ${wrong}`, remedy);
    },
  };
}

/** The parser would take a NUL for the end of the text, and half a character for another one. */
function refuseUnreadable({ source, refuse }: Text): void {
  const nul = source.indexOf("\0");
  const half = source.search(/\p{Surrogate}/u);

  if (nul !== -1) throw refuse(nul, "a NUL character, which PostgreSQL does not take", "Remove it");
  if (half !== -1) throw refuse(half, "half a character (a lone surrogate)", "Write the whole character");
}

/** The statements between `from` and the meta-command at `to`. */
async function before(text: Text, from: number, to: number, command: MetaCommand): Promise<Statement[]> {
  const parsed = await parse(text.source.slice(from, to));
  const last = "statements" in parsed ? parsed.statements.at(-1) : undefined;
  const statements = "statements" in parsed ? told(text, from, parsed.statements) : [];
  const objection = findMetaCommandProblem(command);

  if (objection !== undefined) throw text.refuse(to, objection.wrong, objection.remedy);

  if (command.sendsStatement) {
    if ("message" in parsed) throw text.refuse(from + parsed.position, parsed.message, "Mend the statement");
    if (last === undefined || last.closed) {
      throw text.refuse(to, `\\${command.name} would send the last statement again`, sendingTwice(command));
    }
  } else if ("message" in parsed || last?.closed === false) {
    throw text.refuse(
      to,
      `\\${command.name} stands inside a statement`,
      "End the statement before it with a semicolon",
    );
  }

  return statements;
}

function sendingTwice({ name }: MetaCommand): string {
  return `Put \\${name} in place of the semicolon, or write the statement twice`;
}

function told(text: Text, from: number, parsed: readonly ParsedStatement[]): Statement[] {
  return parsed.map((statement) => {
    const start = from + statement.start;

    if (readsRows(statement)) throw refuseRows(text, start);

    return {
      kind: "sql",
      text: text.source.slice(start, from + statement.end),
      line: text.line(start),
      node: statement.node,
    };
  });
}

/** COPY … FROM stdin: its rows stand in the file, but they are no SQL. */
function readsRows({ node, tree }: ParsedStatement): boolean {
  return node === "CopyStmt" && "is_from" in tree && !("filename" in tree);
}

function refuseRows({ refuse }: Text, position: number): HarnessError {
  return refuse(position, "COPY from stdin is not supported", "Write the rows as INSERT statements");
}

/** Why the parser stopped at `position`; psql's variables and rows are named for what they are. */
async function syntaxError(
  text: Text,
  from: number,
  position: number,
  message: string,
): Promise<HarnessError> {
  const variable = /^:(?:[\w\u0080-\uFFFF]+|'[^'\n]+'|"[^"\n]+"|\{\?\w+\})/.exec(text.source.slice(position));

  if (variable !== null) {
    return text.refuse(
      position,
      `the psql variable ${variable[0]} is not supported`,
      "Write its value in its place",
    );
  }

  const semicolon = text.source.lastIndexOf(";", position);
  const complete = semicolon < from ? undefined : await parse(text.source.slice(from, semicolon + 1));
  const last = complete !== undefined && "statements" in complete ? complete.statements.at(-1) : undefined;

  if (last !== undefined && readsRows(last)) return refuseRows(text, from + last.start);

  return text.refuse(position, message, "Mend the statement, so that PostgreSQL can parse it");
}
