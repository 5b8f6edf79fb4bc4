/**
 * Finds values that the server made and the tool sent back, such as the id of a new row (pure). They differ in another
 * database, so a replay keeps them in settings of the session: `plumbline.value_1` and so on.
 */
import { escapeIdentifier } from "pg";
import { getChildren, getString, getStrings, type SyntaxNode } from "../release/syntax.ts";
import type { WrittenName } from "../release/targets/named-objects.ts";
import {
  findColumn,
  inlineParameters,
  listParameters,
  type Operand,
  type Replacement,
  type TypeNames,
} from "./inline-parameters.ts";
import { readValue } from "./journal-rows.ts";
import { isSameRelation, type SentStatement } from "./sent-statements.ts";

export interface KeyColumn {
  readonly table: WrittenName;
  readonly column: string;
}

/** A foreign key's column, and the one that it refers to. */
export interface ColumnReference {
  readonly from: KeyColumn;
  readonly to: KeyColumn;
}

/** What the texts depend on besides the statements. */
export interface TextOptions {
  readonly types: TypeNames;
  readonly references: readonly ColumnReference[];
}

/** A value of a result. */
interface MadeValue {
  readonly statement: SentStatement;
  readonly column: number;
  readonly row: number;
  readonly value: string;
  /** Undefined for what a SELECT without a table returns. */
  readonly of?: KeyColumn;
}

/** A place where the tool sent a value back. */
interface Use {
  readonly statement: SentStatement;
  readonly replaced: Omit<Replacement, "by">;
  readonly type: string | undefined;
  readonly made: MadeValue;
}

/** The texts of statements that are applied together, in their order. */
export function formatStatements(statements: readonly SentStatement[], options: TextOptions): readonly string[] {
  const uses = findUses(statements, options);
  const names = new Map<string, string>();
  for (const { made } of uses) {
    const key = formatKey(statements, made);
    if (!names.has(key)) names.set(key, `plumbline.value_${names.size + 1}`);
  }

  return statements.map((statement) => {
    const replacements = uses.flatMap((use): readonly Replacement[] => {
      const name = names.get(formatKey(statements, use.made)) ?? "";

      return use.statement === statement ? [{ ...use.replaced, by: formatUse(use, name) }] : [];
    });
    const text = inlineParameters(statement, options.types, replacements);
    const kept = new Map(
      uses.flatMap(({ made }) =>
        made.statement === statement ? [[made.column, names.get(formatKey(statements, made)) ?? ""] as const] : [],
      ),
    );

    return kept.size === 0 ? text : keepValues(text, statement, kept);
  });
}

/** The values of one column are kept together. */
function formatKey(statements: readonly SentStatement[], { statement, column }: MadeValue): string {
  return `${statements.indexOf(statement)} ${column}`;
}

function keepValues(text: string, { result }: SentStatement, kept: ReadonlyMap<number, string>): string {
  const calls = [...kept].map(([index, name]) => {
    const column = `made.${escapeIdentifier(result.columns[index]?.name ?? "")}::text`;
    const value = result.rows.length > 1 ? `string_agg(${column}, ',')` : column;

    return `set_config('${name}', ${value}, false)`;
  });

  return `WITH made AS (\n${text}\n)\nSELECT ${calls.join(", ")} FROM made`;
}

function formatUse({ made, type }: Use, name: string): string {
  const kept = `current_setting('${name}')`;
  const one = made.statement.result.rows.length > 1 ? `split_part(${kept}, ',', ${made.row + 1})` : kept;
  const cast = type ?? (/^-?\d+$/.test(made.value) ? "bigint" : "uuid");

  return `${one}::${cast}`;
}

function findUses(statements: readonly SentStatement[], options: TextOptions): readonly Use[] {
  const made: MadeValue[] = [];
  const uses: Use[] = [];
  for (const statement of statements) {
    for (const operand of listOperands(statement)) {
      const found = made.findLast((each) => isSentBack(each, operand, statement, options));
      if (found === undefined) continue;
      const { at } = operand.node;
      const length = /^(?:\$\d+|'[^']*'|\d+)/.exec(statement.message.sql.slice(at))?.[0].length ?? 0;
      const type = options.types.get(operand.type || (found.statement.result.columns[found.column]?.type ?? 0));
      if (length > 0) uses.push({ statement, replaced: { start: at, end: at + length }, type, made: found });
    }
    made.push(...listMade(statement));
  }

  return uses;
}

/** Parameters and constants. */
function listOperands(statement: SentStatement): readonly Operand[] {
  const constants = statement.nodes.flatMap((node) => {
    const value = node.kind === "A_Const" ? readValue(node, statement) : undefined;

    return value === undefined ? [] : [{ node, value }];
  });

  return [...listParameters(statement), ...constants];
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NUMBER = /^\d+$/;

/**
 * Numbers and UUIDs that INSERT or a SELECT without a table returned, and UUIDs that were read from one: they may be those
 * that an earlier migration made.
 */
function listMade(statement: SentStatement): readonly MadeValue[] {
  const { parsed, result, relations, nodes } = statement;
  const isInsert = parsed.node === "InsertStmt";
  if ((!isInsert && parsed.node !== "SelectStmt") || result.rowCount > result.rows.length) return [];
  const [table] = relations;
  const isRead = !isInsert && table !== undefined;
  // What the tool sent itself is not made by the server.
  const given = new Set(isInsert ? listGivenColumns(nodes) : []);

  return result.rows.flatMap((row, index) =>
    result.columns.flatMap(({ name }, column): readonly MadeValue[] => {
      const value = row[column] ?? "";
      if ((isRead || !NUMBER.test(value)) && !UUID.test(value)) return [];
      if (given.has(name) || result.columns.filter((each) => each.name === name).length > 1) return [];
      const of = table === undefined ? undefined : { table, column: name };

      return [{ statement, column, row: index, value, ...(of !== undefined && { of }) }];
    }),
  );
}

/** The columns of an INSERT to which it gives anything but DEFAULT. */
function listGivenColumns([root]: readonly SyntaxNode[]): readonly string[] {
  const columns = root === undefined ? [] : getChildren(root, "cols");
  const [select] = root === undefined ? [] : getChildren(root, "selectStmt");
  const rows = select === undefined ? [] : getChildren(select, "valuesLists");

  return columns.flatMap((column, index) =>
    rows.length > 0 && rows.every(({ children }) => children[index]?.kind === "SetToDefault")
      ? []
      : [getString(column, "name")],
  );
}

/**
 * Whether an operand is a made value. A UUID is never equal to another by chance; a number often is, so its column has to
 * be the one that the value came from, or a foreign key to it, or, for a value of no table, look like a key.
 */
function isSentBack(
  { value, of }: MadeValue,
  operand: Operand,
  statement: SentStatement,
  { references }: TextOptions,
): boolean {
  if (operand.value !== value) return false;
  if (UUID.test(value)) return true;
  const [table] = statement.relations;
  const column = findColumn(operand.node) ?? findComparedColumn(operand.node);
  if (table === undefined || column === undefined || column === "") return false;
  if (of === undefined) return /id$/i.test(column);
  const isSame = (one: KeyColumn) => one.column === column && isSameRelation(one.table, table);
  const isFrom = (one: KeyColumn) => one.column === of.column && isSameRelation(one.table, of.table);

  return isSame(of) || references.some(({ from, to }) => isSame(from) && isFrom(to));
}

/** Of `column = value`. */
function findComparedColumn({ parent }: SyntaxNode): string | undefined {
  if (parent?.kind !== "A_Expr" || getStrings(parent, "name").at(-1) !== "=") return undefined;
  const [left] = getChildren(parent, "lexpr");

  return left?.kind === "ColumnRef" ? getStrings(left, "fields").at(-1) : undefined;
}
