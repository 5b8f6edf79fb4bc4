/**
 * Reads the structure of a PL/pgSQL body from its tokens, because PL/pgSQL's own parser gives lines and no positions. The
 * result is used only if that parser finds the same statements on the same lines, with the same expressions.
 */
import {
  type Body,
  type BodyBlock,
  type BodyBranch,
  type BodyHandler,
  type BodyPart,
  type BodyStatement,
  flattenStatement,
} from "./body.ts";
import { BodyCursor } from "./body-cursor.ts";
import {
  readDeclarations,
  readJump,
  readLoopRange,
  readRaise,
  readReturn,
  readSimple,
  readValues,
  type StatementContents,
} from "./body-simple.ts";
import type { SqlToken } from "./tokens.ts";

/** @throws UnknownBody at unexpected tokens */
export function readBody(source: string, tokens: readonly SqlToken[]): Body {
  const cursor = new BodyCursor(source, tokens);
  cursor.at = Math.max(
    tokens.findIndex(({ word, text }) => word === "DECLARE" || word === "BEGIN" || text === "<<"),
    0,
  );
  const root = statement(cursor);
  const statements = flattenStatement(root);
  const declared = statements.flatMap(({ block }) => block?.declared ?? []);
  const values = declared.flatMap(({ value }) => value ?? []);
  const parts = [...values, ...statements.flatMap((one) => one.parts)];

  return { start: root.start, end: root.end, root, statements, parts, declared };
}

function statement(cursor: BodyCursor): BodyStatement {
  const from = cursor.at;
  if (cursor.isSymbol("<<")) cursor.at += 3;
  const { token } = cursor;
  const read = readers[token.word] ?? sql;
  const rest = read(cursor);
  if (cursor.isSymbol(";")) cursor.at += 1;
  const begin = rest.block === undefined ? token : cursor.tokens.find(({ start }) => start === rest.block?.begin.start);

  return {
    ...rest,
    start: cursor.tokenAt(from).start,
    end: cursor.last.end,
    token: begin ?? token,
    tokens: cursor.tokens.slice(from, cursor.at),
  };
}

function list(cursor: BodyCursor): BodyStatement[] {
  const statements: BodyStatement[] = [];
  while (!cursor.is("END", "ELSE", "ELSIF", "ELSEIF", "WHEN", "EXCEPTION")) statements.push(statement(cursor));

  return statements;
}

const readers: Readonly<Record<string, (cursor: BodyCursor) => StatementContents>> = {
  DECLARE: block,
  BEGIN: block,
  IF: conditional,
  CASE: choice,
  LOOP: (cursor) => ({ kind: "loop", parts: [], lists: [loopBody(cursor)] }),
  WHILE(cursor) {
    cursor.at += 1;

    return { kind: "while", parts: cursor.expression("condition", "LOOP"), lists: [loopBody(cursor)] };
  },
  FOR: forLoop,
  FOREACH(cursor) {
    cursor.at = cursor.next("ARRAY") + 1;

    return { kind: "foreach", parts: cursor.expression("bound", "LOOP"), lists: [loopBody(cursor)] };
  },
  EXIT: (cursor) => readJump(cursor, "exit"),
  CONTINUE: (cursor) => readJump(cursor, "continue"),
  RETURN: readReturn,
  RAISE: readRaise,
  ASSERT(cursor) {
    cursor.at += 1;

    return readSimple(cursor, "assert", readValues(cursor, "condition"));
  },
  PERFORM: (cursor) => readSimple(cursor, "perform", cursor.query()),
  CALL: (cursor) => readSimple(cursor, "call", cursor.query()),
  EXECUTE(cursor) {
    cursor.at += 1;

    return readSimple(cursor, "execute", cursor.expression("value", "INTO", "USING"));
  },
  GET: (cursor) => readSimple(cursor, "diagnostics"),
  COMMIT: (cursor) => readSimple(cursor, "commit"),
  ROLLBACK: (cursor) => readSimple(cursor, "rollback"),
  NULL: (cursor) => readSimple(cursor, "null"),
  OPEN: (cursor) => readSimple(cursor, "cursor"),
  FETCH: (cursor) => readSimple(cursor, "cursor"),
  MOVE: (cursor) => readSimple(cursor, "cursor"),
  CLOSE: (cursor) => readSimple(cursor, "cursor"),
};

function sql(cursor: BodyCursor): StatementContents {
  let at = cursor.at + 1;
  while (cursor.tokens[at]?.text === ".") at += 2;
  const sign = cursor.tokens[at]?.text;
  if (sign === "[") at = cursor.tokens.findIndex(({ text }, index) => index > at && (text === ":=" || text === ";"));
  if (sign !== ":=" && sign !== "=" && sign !== "[") return readSimple(cursor, "sql", cursor.query());
  cursor.at = at + 1;

  return readSimple(cursor, "assignment", cursor.expression("value"));
}

function block(cursor: BodyCursor): StatementContents {
  const declared = cursor.skip("DECLARE") ? readDeclarations(cursor) : [];
  const begin = cursor.expect("BEGIN");
  const statements = list(cursor);
  const start = cursor.token.start;
  const handlers = cursor.skip("EXCEPTION") ? readHandlers(cursor) : [];
  const exceptions = handlers.length > 0 ? { start, end: cursor.last.end, handlers } : undefined;
  const closing = cursor.expect("END");
  cursor.at = Math.min(cursor.next(), cursor.tokens.length);
  const contents: BodyBlock = { begin, declared, closing, ...(exceptions && { exceptions }) };

  return {
    kind: "block",
    parts: [],
    lists: [statements, ...handlers.map((one) => one.statements)],
    block: contents,
  };
}

function readHandlers(cursor: BodyCursor): BodyHandler[] {
  const handlers: BodyHandler[] = [];

  while (cursor.is("WHEN")) {
    const { start } = cursor.token;
    cursor.at += 1;
    const first = cursor.token.start;
    cursor.at = cursor.next("THEN");
    const conditions = { start: first, end: cursor.last.end };
    cursor.expect("THEN");
    const statements = list(cursor);
    handlers.push({ start, end: cursor.last.end, conditions, statements });
  }

  return handlers;
}

function conditional(cursor: BodyCursor): StatementContents {
  const parts: BodyPart[] = [];
  const lists: BodyStatement[][] = [];

  do {
    cursor.at += 1;
    parts.push(...cursor.expression("condition", "THEN"));
    cursor.expect("THEN");
    lists.push(list(cursor));
  } while (cursor.is("ELSIF", "ELSEIF"));
  if (cursor.skip("ELSE")) lists.push(list(cursor));
  cursor.expect("END");
  cursor.expect("IF");

  return { kind: "if", parts, lists };
}

function choice(cursor: BodyCursor): StatementContents {
  cursor.at += 1;
  const parts = cursor.expression("value", "WHEN");
  const branches: BodyBranch[] = [];

  while (cursor.is("WHEN", "ELSE")) {
    const { start, word } = cursor.token;
    cursor.at += 1;
    if (word === "WHEN") {
      parts.push(...cursor.expression("condition", "THEN"));
      cursor.expect("THEN");
    }
    const statements = list(cursor);
    branches.push({ start, end: cursor.last.end, statements });
  }
  cursor.expect("END");
  cursor.expect("CASE");

  return { kind: "case", parts, lists: branches.map((one) => [...one.statements]), branches };
}

function loopBody(cursor: BodyCursor): BodyStatement[] {
  cursor.expect("LOOP");
  const statements = list(cursor);
  cursor.expect("END");
  cursor.expect("LOOP");
  cursor.at = cursor.next();

  return statements;
}

function forLoop(cursor: BodyCursor): StatementContents {
  cursor.at = cursor.next("IN") + 1;
  cursor.skip("REVERSE");
  const parts = readLoopRange(cursor);
  cursor.at = cursor.next("LOOP");

  return { kind: "for", parts, lists: [loopBody(cursor)] };
}
