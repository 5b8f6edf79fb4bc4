/** Reads declarations, and the bounds or the query of a FOR loop (pure). */
import type { BodyPart, Declaration } from "./body.ts";
import type { BodyCursor } from "./body-cursor.ts";

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
