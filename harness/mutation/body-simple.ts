/** Reads the statements of a PL/pgSQL body that contain no others (pure). */
import type { BodyKind, BodyPart, BodyStatement } from "./body.ts";
import type { BodyCursor } from "./body-cursor.ts";
import { splitItems } from "./tokens.ts";

/** A statement without its span. */
export type StatementContents = Omit<BodyStatement, "start" | "end" | "token" | "tokens">;

/** Moves the cursor to the semicolon of the statement. */
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
