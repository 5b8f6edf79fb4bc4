/** Reads an UPDATE as text (pure): what it sets, and where. */
import type { Parser } from "../../../harness/release/parser.ts";
import type { Statement } from "../../../harness/release/release.ts";

export interface SingleUpdate {
  readonly schema?: string;
  readonly table: string;
  /** Expressions as SQL, by column. */
  readonly set: ReadonlyMap<string, string>;
  readonly where?: string;
}

/** An UPDATE by its clauses, each as SQL; its target may have an alias. */
export interface UpdateClauses extends SingleUpdate {
  /** The name by which expressions call the table. */
  readonly alias: string;
  /** Between UPDATE and SET. */
  readonly target: string;
  /** Before UPDATE, with the keyword. */
  readonly with?: string;
  readonly from?: string;
}

interface UpdateTree {
  readonly relation?: {
    readonly relname?: string;
    readonly schemaname?: string;
    readonly alias?: { readonly aliasname?: string };
  };
  readonly targetList?: readonly { readonly ResTarget?: AssignedTarget }[];
}

interface AssignedTarget {
  readonly name?: string;
  readonly indirection?: readonly unknown[];
  readonly val?: object;
}

/** @returns undefined unless it is an UPDATE without FROM, WITH, an alias or a list of columns */
export function parseSingleUpdate(parser: Parser, text: string): SingleUpdate | undefined {
  const update = parseUpdate(parser, text);
  if (update === undefined || update.from !== undefined || update.with !== undefined) return undefined;
  const { alias, target: _, ...single } = update;

  return alias === update.table ? single : undefined;
}

/** @returns undefined unless it is an UPDATE that sets whole columns, each to an expression of its own */
export function parseUpdate(parser: Parser, text: string): UpdateClauses | undefined {
  const parsed = parser.parse(text);
  const [statement] = "statements" in parsed ? parsed.statements : [];
  if (statement?.node !== "UpdateStmt") return undefined;
  const { relation, targetList = [] } = statement.tree as UpdateTree;
  const targets = targetList.map(({ ResTarget = {} }) => ResTarget);
  if (relation?.relname === undefined || !targets.every(isWholeColumn)) return undefined;
  const { set, ...clauses } = splitClauses(parser, text);
  if (targets.length !== set.length) return undefined;

  return {
    ...clauses,
    table: relation.relname,
    alias: relation.alias?.aliasname ?? relation.relname,
    set: new Map(targets.map(({ name = "" }, index) => [name, set[index] ?? ""])),
    ...(relation.schemaname === undefined ? {} : { schema: relation.schemaname }),
  };
}

export interface Condition {
  readonly schema?: string;
  readonly table: string;
  readonly condition: string;
}

/** The condition of an UPDATE or a DELETE as SQL; undefined where there is none. */
export function readWhere(parser: Parser, { node, text }: Statement): Condition | undefined {
  if (node !== "UpdateStmt" && node !== "DeleteStmt") return undefined;
  const parsed = parser.parse(text);
  const [statement] = "statements" in parsed ? parsed.statements : [];
  const { relation } = (statement?.tree ?? {}) as UpdateTree;
  const { where } = splitClauses(parser, text);
  if (relation?.relname === undefined || where === undefined) return undefined;

  return {
    ...(relation.schemaname === undefined ? {} : { schema: relation.schemaname }),
    table: relation.relname,
    condition: where,
  };
}

function isWholeColumn({ name, indirection = [], val = {} }: AssignedTarget): boolean {
  return name !== undefined && indirection.length === 0 && !("MultiAssignRef" in val) && !("SetToDefault" in val);
}

interface Clauses {
  readonly with?: string;
  readonly target: string;
  readonly set: readonly string[];
  readonly from?: string;
  readonly where?: string;
}

/** The words that begin a clause outside of parentheses, in their order. */
const ORDER = ["WITH", "UPDATE", "SET", "FROM", "WHERE", "RETURNING"];

function splitClauses(parser: Parser, text: string): Clauses {
  const cuts = findCuts(parser, text);
  const part = (word: string): string | undefined => {
    const index = cuts.findIndex((cut) => cut.word === word);
    const [cut, next] = [cuts[index], cuts.slice(index + 1).find((other) => other.word !== ",")];

    return cut === undefined ? undefined : text.slice(cut.end, next?.start).trim().replace(/;$/, "");
  };
  const set = cuts.flatMap(({ word, end }, index) => {
    if (word !== "SET" && word !== ",") return [];
    const [, value = ""] = /^[^=]*=([\s\S]*)$/.exec(text.slice(end, cuts[index + 1]?.start)) ?? [];

    return [value.trim().replace(/;$/, "")];
  });
  const [before, from, where] = [part("WITH"), part("FROM"), part("WHERE")];

  return {
    target: part("UPDATE") ?? "",
    set,
    ...(before === undefined ? {} : { with: `WITH ${before}` }),
    ...(from === undefined ? {} : { from }),
    ...(where === undefined ? {} : { where }),
  };
}

/** Where clauses begin, and the commas between what is set. */
function findCuts(
  parser: Parser,
  text: string,
): readonly { readonly word: string; readonly start: number; readonly end: number }[] {
  const cuts: { readonly word: string; readonly start: number; readonly end: number }[] = [];
  let depth = 0;
  let previous = "";
  for (const { start, end } of parser.scan(text)) {
    const word = text.slice(start, end).toUpperCase();
    if (word === "(" || word === "[") depth += 1;
    if (word === ")" || word === "]") depth -= 1;
    const last = cuts.findLast((cut) => cut.word !== ",")?.word ?? "";
    const isNext = ORDER.indexOf(word) > ORDER.indexOf(last) && (word !== "FROM" || previous !== "DISTINCT");
    const isComma = word === "," && last === "SET";
    if (depth === 0 && (isNext || isComma)) cuts.push({ word, start, end });
    previous = word;
  }

  return cuts;
}
