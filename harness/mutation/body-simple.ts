/** Reads declarations, the range of a FOR loop, and the statements of a PL/pgSQL body that contain no others (pure). */
import type { BodyKind, BodyPart, BodyStatement, Declaration } from "./body.ts";
import type { BodyCursor } from "./body-cursor.ts";
import { splitItems } from "./tokens.ts";

export type StatementContents = Omit<BodyStatement, "start" | "end" | "token" | "tokens">;

export function readSimple(cursor: BodyCursor, kind: BodyKind, parts: readonly BodyPart[] = []): StatementContents {
  cursor.at = cursor.next();

  return { kind, parts, lists: [] };
}

export function readJump(cursor: BodyCursor, kind: "exit" | "continue"): StatementContents {
  cursor.at = cursor.next("WHEN");

  return readSimple(cursor, kind, cursor.skip("WHEN") ? cursor.expression("condition") : []);
}

export function readReturn(cursor: BodyCursor): StatementContents {
  cursor.at += 1;
  if (!cursor.skip("QUERY")) {
    cursor.skip("NEXT");

    return readSimple(cursor, "return", cursor.expression("value"));
  }

  return readSimple(cursor, "return", cursor.skip("EXECUTE") ? cursor.expression("value", "USING") : cursor.query());
}

export function readRaise(cursor: BodyCursor): StatementContents {
  cursor.at += 1;
  cursor.skip("DEBUG", "LOG", "INFO", "NOTICE", "WARNING", "EXCEPTION");
  const parts: BodyPart[] = [];
  if (cursor.token.kind === "string") {
    cursor.at += 1;
    if (cursor.isSymbol(",")) {
      cursor.at += 1;
      parts.push(...readValues(cursor, "argument", "USING"));
    }
  }
  cursor.at = cursor.next("USING");
  if (cursor.skip("USING")) parts.push(...readOptions(cursor));

  return readSimple(cursor, "raise", parts);
}

/** Reads comma-separated expressions up to one of these words or the semicolon. */
export function readValues(cursor: BodyCursor, role: BodyPart["role"], ...ends: readonly string[]): BodyPart[] {
  const to = cursor.next(...ends);
  const items = splitItems(cursor.tokens, cursor.at, to);
  cursor.at = to;

  return items.map((item) => ({
    kind: "expression",
    role,
    ...item,
    text: cursor.source.slice(item.start, item.end),
  }));
}

/** Reads the expressions of `NAME = expression, …`. */
function readOptions(cursor: BodyCursor): BodyPart[] {
  const parts: BodyPart[] = [];

  for (const item of readValues(cursor, "argument")) {
    const sign = cursor.tokens.find(({ start, text }) => start > item.start && (text === "=" || text === ":="));
    const first = cursor.tokens.find(({ start }) => sign !== undefined && start >= sign.end);
    if (first !== undefined) {
      parts.push({ ...item, start: first.start, text: cursor.source.slice(first.start, item.end) });
    }
  }

  return parts;
}

export function readDeclarations(cursor: BodyCursor): Declaration[] {
  const declared: Declaration[] = [];

  while (!cursor.is("BEGIN")) {
    const name = cursor.token.text.toLowerCase();
    cursor.at += 1;
    cursor.skip("CONSTANT");
    const first = cursor.token;
    const to = findValueSign(cursor);
    const type = cursor.source.slice(first.start, cursor.tokenAt(to - 1).end).toLowerCase();
    cursor.at = to;
    const hasValue = !cursor.isSymbol(";");
    if (hasValue) cursor.at += 1;
    const [value] = hasValue ? cursor.expression("value") : [];
    cursor.expect(";");
    declared.push({ name, type, ...(value && { value }) });
  }

  return declared;
}

/** The index of the sign before a value, or of the semicolon. The query of a cursor is no value. */
function findValueSign(cursor: BodyCursor): number {
  const end = cursor.next();
  const found = cursor.tokens.findIndex(
    ({ word, text }, index) =>
      index >= cursor.at && index < end && (word === "DEFAULT" || text === ":=" || text === "="),
  );

  return found === -1 ? end : found;
}

/** The bounds or the query of a FOR loop; nothing for a cursor. */
export function readLoopRange(cursor: BodyCursor): BodyPart[] {
  return readBounds(cursor) ?? readLoopQuery(cursor);
}

function readBounds(cursor: BodyCursor): BodyPart[] | undefined {
  const end = cursor.next("LOOP");
  const dots = cursor.tokens.findIndex(({ text }, index) => index > cursor.at && index < end && text === "..");
  if (dots === -1) return undefined;
  const lower = cursor.expressionTo("bound", dots);
  cursor.expect("..");
  const upper = cursor.expression("bound", "BY", "LOOP");

  return [...lower, ...upper, ...(cursor.skip("BY") ? cursor.expression("bound", "LOOP") : [])];
}

function readLoopQuery(cursor: BodyCursor): BodyPart[] {
  if (cursor.skip("EXECUTE")) return cursor.expression("value", "USING", "LOOP");

  return cursor.is("SELECT", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "MERGE") || cursor.isSymbol("(")
    ? cursor.query("LOOP")
    : [];
}
