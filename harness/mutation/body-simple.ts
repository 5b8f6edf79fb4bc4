/**
 * Statements of a PL/pgSQL body that hold no others (pure).
 */
import type { BodyKind, BodyPart, BodyStatement } from "./body.ts";
import type { BodyCursor } from "./body-cursor.ts";
import { itemsBetween } from "./tokens.ts";

/** A statement without its place. */
export type Rest = Omit<BodyStatement, "start" | "end" | "token" | "tokens">;

/** A statement without others in it; the cursor goes to its semicolon. */
export function simple(cursor: BodyCursor, kind: BodyKind, parts: readonly BodyPart[] = []): Rest {
  cursor.at = cursor.next();

  return { kind, parts, lists: [] };
}

export function jump(cursor: BodyCursor, kind: "exit" | "continue"): Rest {
  cursor.at = cursor.next("WHEN");

  return simple(cursor, kind, cursor.skip("WHEN") ? cursor.expression("condition") : []);
}

export function returning(cursor: BodyCursor): Rest {
  cursor.at += 1;
  if (!cursor.skip("QUERY")) {
    cursor.skip("NEXT");

    return simple(cursor, "return", cursor.expression("value"));
  }

  return simple(
    cursor,
    "return",
    cursor.skip("EXECUTE") ? cursor.expression("value", "USING") : cursor.query(),
  );
}

export function raise(cursor: BodyCursor): Rest {
  cursor.at += 1;
  cursor.skip("DEBUG", "LOG", "INFO", "NOTICE", "WARNING", "EXCEPTION");
  const parts: BodyPart[] = [];
  if (cursor.token.kind === "string") {
    cursor.at += 1;
    if (cursor.isSymbol(",")) {
      cursor.at += 1;
      parts.push(...values(cursor, "argument", "USING"));
    }
  }
  cursor.at = cursor.next("USING");
  if (cursor.skip("USING")) parts.push(...options(cursor));

  return simple(cursor, "raise", parts);
}

/** The expressions between the commas up to one of these words or the semicolon. */
export function values(cursor: BodyCursor, role: BodyPart["role"], ...ends: readonly string[]): BodyPart[] {
  const to = cursor.next(...ends);
  const items = itemsBetween(cursor.tokens, cursor.at, to);
  cursor.at = to;

  return items.map((item) => ({
    kind: "expression",
    role,
    ...item,
    text: cursor.source.slice(item.start, item.end),
  }));
}

/** `NAME = expression, …` */
function options(cursor: BodyCursor): BodyPart[] {
  const parts: BodyPart[] = [];

  for (const item of values(cursor, "argument")) {
    const sign = cursor.tokens.find(
      ({ start, text }) => start > item.start && (text === "=" || text === ":="),
    );
    const first = cursor.tokens.find(({ start }) => sign !== undefined && start >= sign.end);
    if (first !== undefined) {
      parts.push({ ...item, start: first.start, text: cursor.source.slice(first.start, item.end) });
    }
  }

  return parts;
}
