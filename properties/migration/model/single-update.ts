/** Reads an UPDATE of one table as text (pure): what it sets, and where. */
import type { Parser } from "../../../harness/release/parser.ts";

export interface SingleUpdate {
  readonly schema?: string;
  readonly table: string;
  /** Expressions as SQL, by column. */
  readonly set: ReadonlyMap<string, string>;
  readonly where?: string;
}

interface UpdateTree {
  readonly relation?: { readonly relname?: string; readonly schemaname?: string; readonly alias?: object };
  readonly targetList?: readonly { readonly ResTarget?: { readonly name?: string } }[];
  readonly fromClause?: readonly unknown[];
  readonly withClause?: object;
}

/** @returns undefined unless it is an UPDATE without FROM, WITH, an alias or a list of columns */
export function parseSingleUpdate(parser: Parser, text: string): SingleUpdate | undefined {
  const parsed = parser.parse(text);
  const [statement] = "statements" in parsed ? parsed.statements : [];
  if (statement?.node !== "UpdateStmt") return undefined;
  const { relation, targetList = [], fromClause = [], withClause } = statement.tree as UpdateTree;
  if (relation?.relname === undefined || relation.alias !== undefined) return undefined;
  if (fromClause.length > 0 || withClause !== undefined) return undefined;
  const clauses = splitClauses(parser, text);
  const names = targetList.map(({ ResTarget }) => ResTarget?.name);
  if (clauses === undefined || names.length !== clauses.set.length) return undefined;
  const set = new Map(names.map((name, index) => [name ?? "", clauses.set[index] ?? ""]));

  return {
    table: relation.relname,
    set,
    ...(relation.schemaname === undefined ? {} : { schema: relation.schemaname }),
    ...(clauses.where === undefined ? {} : { where: clauses.where }),
  };
}

/** The expressions after each `=` of SET, and the condition of WHERE. */
function splitClauses(
  parser: Parser,
  text: string,
): { readonly set: readonly string[]; readonly where?: string } | undefined {
  const tokens = parser.scan(text);
  const cuts: { readonly word: string; readonly start: number; readonly end: number }[] = [];
  let depth = 0;
  for (const { start, end } of tokens) {
    const word = text.slice(start, end).toUpperCase();
    if (word === "(" || word === "[") depth += 1;
    if (word === ")" || word === "]") depth -= 1;
    if (depth === 0 && ["SET", ",", "WHERE", "RETURNING"].includes(word)) cuts.push({ word, start, end });
    if (word === "RETURNING") break;
  }
  cuts.push({ word: ";", start: text.length, end: text.length });
  const set: string[] = [];
  let where: string | undefined;
  for (const [index, cut] of cuts.slice(0, -1).entries()) {
    const part = text
      .slice(cut.end, cuts[index + 1]?.start)
      .trim()
      .replace(/;$/, "");
    if (cut.word === "WHERE") where = part;
    if (cut.word !== "SET" && cut.word !== ",") continue;
    const [, value] = /^[^=]*=([\s\S]*)$/.exec(part) ?? [];
    if (value === undefined) return undefined;
    set.push(value.trim());
  }

  return { set, ...(where === undefined ? {} : { where }) };
}
