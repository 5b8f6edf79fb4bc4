/**
 * Finds the UPDATEs in the bodies of PL/pgSQL, and puts calls around each that look at its rows just before and just after
 * it (pure).
 */
import type { Parser } from "../../../harness/release/parser.ts";
import { parseUpdate, type UpdateClauses } from "./single-update.ts";

export interface BodyUpdate {
  readonly update: UpdateClauses;
  /** As the body has it, without its semicolon. */
  readonly text: string;
  /** Where it begins and where its semicolon is, in the text of the statement. */
  readonly at: readonly [start: number, end: number];
  /** True where it may name a variable of the body: then only the body can evaluate it. */
  readonly hasVariables: boolean;
}

/** Takes whichever rows come first, or asks what the statement before it did or for the role that runs it. */
const UNKNOWN = /\b(?:LIMIT|FETCH|random|found|current_user|session_user|CURRENT\s+OF)\b/i;

/**
 * @param text DO, or CREATE FUNCTION, with a body between dollars
 * @returns those that stand there once, set whole columns, and take the same rows each time
 */
export function findBodyUpdates(parser: Parser, text: string): readonly BodyUpdate[] {
  if (!/\bUPDATE\b/i.test(text) || !/\$\w*\$/.test(text)) return [];
  const parsed = parser.parseBodies(text);
  if ("message" in parsed) return [];
  const names = new Set(collect(parsed.functions, "refname").map((name) => name.toLowerCase()));

  return listStatements(parsed.functions).flatMap((query): readonly BodyUpdate[] => {
    const start = text.indexOf(query);
    const end = start + query.length + (/^\s*/.exec(text.slice(start + query.length))?.[0].length ?? 0);
    const isOnce = start >= 0 && text.indexOf(query, start + 1) < 0 && text[end] === ";";
    const update = isOnce && !UNKNOWN.test(query) ? parseUpdate(parser, query) : undefined;
    if (update === undefined) return [];
    const words = query.match(/[\p{L}_][\p{L}\p{N}_$]*|\$\d/gu) ?? [];
    const hasVariables = words.some((word) => word.startsWith("$") || names.has(word.toLowerCase()));

    return [{ update, text: query, at: [start, end], hasVariables }];
  });
}

/** The texts of the UPDATEs that put nothing into variables. */
function listStatements(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];

  return Object.entries(value).flatMap(([key, part]) => {
    if (key !== "PLpgSQL_stmt_execsql") return listStatements(part);
    const queries = "into" in part ? [] : collect(part, "query");

    return queries.filter((query) => /^(?:UPDATE|WITH)\b/i.test(query));
  });
}

function collect(value: unknown, wanted: string): readonly string[] {
  if (typeof value !== "object" || value === null) return [];

  return Object.entries(value).flatMap(([key, part]) =>
    key === wanted && typeof part === "string" ? [part] : collect(part, wanted),
  );
}

/** What is put around an UPDATE. */
export interface Surrounded {
  readonly at: BodyUpdate["at"];
  readonly before: string;
  readonly after: string;
}

export function surround(text: string, updates: readonly Surrounded[]): string {
  return updates
    .toSorted((one, other) => other.at[0] - one.at[0])
    .reduce(
      (body, { at: [start, end], before, after }) =>
        `${body.slice(0, start)}${before}${body.slice(start, end + 1)}${after}${body.slice(end + 1)}`,
      text,
    );
}
