/**
 * Puts parameters into the text of their statement as literals (pure). A parameter has a type before its place in the
 * statement is looked at, and a literal gets one from there (PostgreSQL manual, 10. Type Conversion): so a literal is
 * cast, except where it becomes the value of a column as it stands.
 */
import { escapeLiteral } from "pg";
import { getChildren, getString, type SyntaxNode } from "../release/syntax.ts";
import type { SentStatement } from "./sent-statements.ts";

/** The names of types as SQL writes them, such as `integer`, by OID. */
export type TypeNames = ReadonlyMap<number, string>;

/** A part of a text and what takes its place. */
export interface Replacement {
  /** Positions in the text of the message. */
  readonly start: number;
  readonly end: number;
  readonly by: string;
}

/** A value of a statement: a parameter, or a constant in its text. */
export interface Operand {
  readonly node: SyntaxNode;
  readonly value: string | null;
  /** The OID of a parameter's type, 0 where it is not known; of a constant undefined. */
  readonly type?: number;
}

/** The parameters, where they stand. */
export function listParameters({ message, nodes }: SentStatement): readonly Operand[] {
  return nodes.flatMap((node) => {
    if (node.kind !== "ParamRef") return [];
    const index = Number(node.fields["number"] ?? 0) - 1;

    return [{ node, value: message.parameters[index] ?? null, type: message.parameterTypes[index] ?? 0 }];
  });
}

/**
 * The text of a statement without parameters.
 * @param others what takes the place of other parts, and of some parameters
 */
export function inlineParameters(
  statement: SentStatement,
  types: TypeNames,
  others: readonly Replacement[] = [],
): string {
  const { message, text, start } = statement;
  const taken = new Set(others.map((each) => each.start));
  const literals = listParameters(statement).flatMap((operand): readonly Replacement[] => {
    const { at } = operand.node;
    const end = at + (/^\$\d+/.exec(message.sql.slice(at))?.[0].length ?? 0);

    return taken.has(at) ? [] : [{ start: at, end, by: formatOperand(operand, types, message.sql.slice(end)) }];
  });

  return replaceParts(text, start, [...literals, ...others]);
}

/** @param offset the position of the text's beginning, which the replacements count from */
function replaceParts(text: string, offset: number, replacements: readonly Replacement[]): string {
  return replacements
    .toSorted((one, other) => other.start - one.start)
    .reduce((rest, { start, end, by }) => rest.slice(0, start - offset) + by + rest.slice(end - offset), text);
}

/** A subscript or a field of a cast literal needs parentheses. */
function formatOperand(operand: Operand, types: TypeNames, after: string): string {
  const literal = formatValue(operand, types);

  return /^\s*[[.]/.test(after) ? `(${literal})` : literal;
}

/** A column of one of these takes the text of any of them as it stands: nothing is rounded or shifted on the way. */
const PLAIN_TYPES = new Set([
  "text",
  "character varying",
  "uuid",
  "json",
  "jsonb",
  "smallint",
  "integer",
  "bigint",
  "boolean",
]);
const INTEGERS = new Set(["smallint", "integer", "bigint"]);

function formatValue({ node, value, type = 0 }: Operand, types: TypeNames): string {
  const name = types.get(type);
  const isPlain = name === undefined || (PLAIN_TYPES.has(name) && isColumnValue(node));
  if (value === null) return isPlain ? "NULL" : `NULL::${name}`;
  if (name === "boolean") return value === "t" || value === "true" ? "true" : "false";
  if (isPlain && INTEGERS.has(name ?? "") && /^\d+$/.test(value)) return value;
  // A constant of up to 10 digits that fits is an integer by itself.
  if (name === "integer" && /^\d{1,9}$/.test(value)) return value;

  return isPlain ? escapeLiteral(value).trimStart() : `${escapeLiteral(value).trimStart()}::${name}`;
}

/** Whether it is, as a whole, what INSERT or UPDATE writes to a column. */
export function isColumnValue(node: SyntaxNode): boolean {
  return findColumn(node) !== undefined;
}

/** The column that a value is written to; an empty name where INSERT lists none. */
export function findColumn(node: SyntaxNode): string | undefined {
  const { parent } = node;
  if (parent?.kind === "ResTarget" && parent.parent?.kind === "UpdateStmt") return getString(parent, "name");
  const insert = parent?.field === "valuesLists" ? parent.parent?.parent : undefined;
  if (parent === undefined || insert?.kind !== "InsertStmt") return undefined;
  const column = getChildren(insert, "cols")[parent.children.indexOf(node)];

  return column === undefined ? "" : getString(column, "name");
}
