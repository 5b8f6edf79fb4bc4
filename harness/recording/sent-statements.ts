/** Splits the messages of a record into statements, as PostgreSQL's parser does (pure). */
import { HarnessError } from "../errors.ts";
import { createByteIndex, type ParsedStatement, type Parser } from "../release/parser.ts";
import { getString, getStrings, listNodes, type SyntaxNode } from "../release/syntax.ts";
import type { WrittenName } from "../release/targets/named-objects.ts";
import { readStatement } from "../release/targets/read-statement.ts";
import type { RecordedCopy, RecordedResult, RecordedStatement } from "./record.ts";

/** A statement that a tool sent, and that the server executed. */
export interface SentStatement {
  readonly message: RecordedStatement;
  /** As it was sent, with the comments before it and without its semicolon. */
  readonly text: string;
  /** Where the text begins in that of the message. */
  readonly start: number;
  readonly parsed: ParsedStatement;
  /** All nodes of its parse tree; positions are those in the text of the message. */
  readonly nodes: readonly SyntaxNode[];
  /** The relations that it names, those of a common table expression left out. */
  readonly relations: readonly WrittenName[];
  readonly result: RecordedResult;
  readonly copy?: RecordedCopy;
  /** True if the message holds no other. */
  readonly isAlone: boolean;
}

/**
 * The statements of a message that completed, in order.
 * @throws HarnessError for what the server executed and our parser does not know
 */
export function splitMessage(message: RecordedStatement, parser: Parser): readonly SentStatement[] {
  return splitAll(message, parser).slice(0, message.results.length);
}

/** The statement of a message that the server rejected; undefined where it is none by its syntax. */
export function findRejected(message: RecordedStatement, parser: Parser): SentStatement | undefined {
  return message.error === undefined ? undefined : splitAll(message, parser)[message.results.length];
}

const NO_RESULT: RecordedResult = { tag: "", columns: [], rows: [], rowCount: 0 };

function splitAll(message: RecordedStatement, parser: Parser): readonly SentStatement[] {
  const { sql, results, copies, error } = message;
  const parse = parser.parse(sql);
  if ("message" in parse) {
    if (error !== undefined) return [];
    throw new HarnessError(
      `the parser does not know a statement that the server executed: ${parse.message}, in ${sql.slice(0, 200)}`,
      "Report the statement, and leave it out of the migration until it is known",
    );
  }
  const toIndex = createByteIndex(sql);
  const { statements } = parse;
  let copied = 0;

  return statements.map((parsed, index) => {
    const start = index === 0 ? 0 : skipSemicolon(sql, statements[index - 1]?.end ?? 0);
    const nodes = listNodes(parsed.node, parsed.tree, toIndex);
    const copy = isCopyIn(parsed) ? copies[copied++] : undefined;

    return {
      ...{ message, start, parsed, nodes, text: sql.slice(start, parsed.end), relations: listRelations(parsed, nodes) },
      ...{ result: results[index] ?? NO_RESULT, isAlone: statements.length === 1 },
      ...(copy !== undefined && { copy }),
    };
  });
}

/** Comments that belong to the next statement follow the semicolon. */
function skipSemicolon(sql: string, end: number): number {
  const semicolon = /^(?:\s|--.*|\/\*[\s\S]*?\*\/)*;/.exec(sql.slice(end));

  return end + (semicolon?.[0].length ?? 0);
}

export function isCopyIn({ node, tree }: ParsedStatement): boolean {
  return node === "CopyStmt" && "is_from" in tree && !("filename" in tree);
}

function listRelations(parsed: ParsedStatement, nodes: readonly SyntaxNode[]): readonly WrittenName[] {
  const expressions = new Set(
    nodes.flatMap((node) => (node.kind === "CommonTableExpr" ? [getString(node, "ctename")] : [])),
  );
  const ranges = nodes.flatMap((node): readonly WrittenName[] => {
    const name = getString(node, "relname");
    const within = getString(node, "schemaname") || undefined;

    return name === "" || (within === undefined && expressions.has(name)) ? [] : [{ within, name }];
  });
  const drops = parsed.node === "DropStmt" ? readStatement(parsed).dropped : [];
  const dropped = drops.flatMap(({ kind, object }) => (kind === "relation" ? [object] : []));

  return [...ranges, ...dropped, ...listCommented(nodes)];
}

/** The relation of COMMENT ON TABLE, COLUMN and the like. */
function listCommented(nodes: readonly SyntaxNode[]): readonly WrittenName[] {
  const [comment] = nodes;
  if (comment?.kind !== "CommentStmt") return [];
  const [, of = ""] = /^OBJECT_(TABLE|VIEW|MATVIEW|INDEX|SEQUENCE|COLUMN)$/.exec(getString(comment, "objtype")) ?? [];
  const object = comment.children.find(({ field }) => field === "object");
  if (of === "" || object === undefined) return [];
  const names = getStrings(object, "items").slice(0, of === "COLUMN" ? -1 : undefined);

  return [{ within: names.at(-2), name: names.at(-1) ?? "" }];
}

/** PostgreSQL's own relations. */
export function isCatalog({ within, name }: WrittenName): boolean {
  return within === "information_schema" || (within ?? name).startsWith("pg_");
}

/** Whether two names may be of one relation: a missing schema is any. */
export function isSameRelation(one: WrittenName, other: WrittenName): boolean {
  return (
    one.name === other.name && (one.within === undefined || other.within === undefined || one.within === other.within)
  );
}
