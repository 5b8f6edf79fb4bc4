/** Reads what a tool writes to its list of applied migrations, and which of the values names a migration (pure). */
import { getChildren, getString, getStrings, type SyntaxNode } from "../release/syntax.ts";
import { listParameters } from "./inline-parameters.ts";
import type { SentStatement } from "./sent-statements.ts";

export interface JournalRow {
  readonly write: "insert" | "update" | "delete" | "truncate";
  /** By column: what INSERT or UPDATE writes, or what DELETE compares with; values of functions are left out. */
  readonly values: ReadonlyMap<string, string>;
  /** By column: what UPDATE replaces, as its WHERE clause has it. */
  readonly replaced?: ReadonlyMap<string, string>;
}

/** The row of a run that reverts: a list of one row, which is the last migration, is changed to the one before. */
export function toReverted(row: JournalRow): JournalRow {
  return row.replaced === undefined ? row : { ...row, values: row.replaced };
}

export function readJournalRow(statement: SentStatement): JournalRow {
  const [root] = statement.nodes;
  const { node } = statement.parsed;
  if (root === undefined || node === "TruncateStmt") return { write: "truncate", values: new Map() };
  const read = (each: SyntaxNode | undefined) => readValue(each, statement);
  if (node === "InsertStmt") return { write: "insert", values: readInserted(root, read) };
  const targets = node === "UpdateStmt" ? getChildren(root, "targetList") : [];
  if (node === "UpdateStmt") {
    const values = targets.map((target) => [getString(target, "name"), read(getChildren(target, "val")[0])] as const);
    const written = keepKnown(values);
    const replaced = keepKnown(readCompared(statement, read).filter(([column]) => written.has(column)));

    return { write: "update", values: written, ...(replaced.size > 0 && { replaced }) };
  }

  return { write: "delete", values: keepKnown(readCompared(statement, read)) };
}

/** Of several rows the last. */
function readInserted(
  root: SyntaxNode,
  read: (node: SyntaxNode | undefined) => string | undefined,
): ReadonlyMap<string, string> {
  const columns = getChildren(root, "cols").map((column) => getString(column, "name"));
  const [select] = getChildren(root, "selectStmt");
  const row = select === undefined ? undefined : getChildren(select, "valuesLists").at(-1);
  const values = row?.children.map((value, index) => [columns[index] ?? `column ${index + 1}`, read(value)] as const);

  return keepKnown(values ?? []);
}

function readCompared(
  { nodes }: SentStatement,
  read: (node: SyntaxNode | undefined) => string | undefined,
): readonly (readonly [string, string | undefined])[] {
  return nodes.flatMap((node) => {
    if (node.kind !== "A_Expr") return [];
    const [left] = getChildren(node, "lexpr");
    const right = getChildren(node, "rexpr")
      .flatMap((each) => (each.kind === "List" ? each.children : [each]))
      .at(-1);
    const column = left?.kind === "ColumnRef" ? getStrings(left, "fields").at(-1) : undefined;

    return column === undefined ? [] : [[column, read(right)] as const];
  });
}

function keepKnown(values: readonly (readonly [string, string | undefined])[]): ReadonlyMap<string, string> {
  return new Map(values.flatMap(([column, value]) => (value === undefined ? [] : [[column, value] as const])));
}

/** A parameter or a constant, cast or not; undefined for NULL and for any other expression. */
export function readValue(node: SyntaxNode | undefined, statement: SentStatement): string | undefined {
  if (node?.kind === "TypeCast") return readValue(getChildren(node, "arg")[0], statement);
  if (node?.kind === "ParamRef") {
    return listParameters(statement).find((operand) => operand.node === node)?.value ?? undefined;
  }
  const [constant] = node?.kind === "A_Const" ? node.children : [];
  if (constant === undefined) return undefined;
  const { sval, ival, fval, boolval } = constant.fields;
  if (constant.kind === "boolval") return String(boolval === true);

  // The parser leaves out a zero.
  return String(sval ?? ival ?? fval ?? (constant.kind === "ival" ? 0 : ""));
}

/** The first that fits is the best; the name of the column decides, since all lists of this kind look alike. */
const NAMING: readonly RegExp[] = [/name|file|script|title|tag|migration/i, /version|revision|key/i];
const NEVER_NAMES = /hash|checksum|batch|rank|count|steps|time|date|user|_by$|_at$|dirty|success|^timestamp$/i;
const ENDING = /\.(?:[cm]?[jt]s|sql|py|rb|php|up|down)$/i;

/**
 * How rows of the list are named: by the column that does so, and by others where that is not unique. A row that has no
 * value there has the name undefined.
 */
export function chooseNaming(rows: readonly JournalRow[]): (row: JournalRow) => string | undefined {
  const inserted = rows.filter(({ write }) => write === "insert");
  const of = inserted.length > 0 ? inserted : rows;
  const columns = [...new Set(of.flatMap(({ values }) => [...values.keys()]))];
  const ranked = columns
    .map((column) => ({ column, rank: rankColumn(column, listValues(rows, column)) }))
    .toSorted((one, other) => one.rank - other.rank);
  const [best] = ranked;
  if (best === undefined) return () => undefined;
  const { column } = best;
  const further = ranked.flatMap((each) => {
    const isTextual = listValues(of, each.column).some((value) => /[a-z]/i.test(value)) && each.rank < NEVER;

    return each !== best && isTextual && distinguishes(of, column, each.column) ? [each.column] : [];
  });

  return ({ values }) => {
    const name = values.get(column);
    if (name === undefined) return undefined;

    return [...further.map((other) => values.get(other) ?? ""), removeEnding(name)].join(".");
  };
}

const NEVER = 10;

function rankColumn(column: string, values: readonly string[]): number {
  const isConstant = values.length > 1 && new Set(values).size === 1;
  const isNoName = values.every(
    (value) => /^(?:t|f|true|false)$/i.test(value) || /^\d{4}-\d\d-\d\d[ T]\d\d:/.test(value),
  );
  if (isNoName) return NEVER + 3;
  if (NEVER_NAMES.test(column)) return NEVER + (isConstant ? 2 : 0);
  const found = NAMING.findIndex((pattern) => pattern.test(column));
  // The rows of a single migration, which is written twice, are alike.
  if (isConstant) return found === -1 ? NEVER + 1 : NEVER - 1;
  if (found !== -1) return found;

  return values.every((value) => /^\d{1,9}$/.test(value)) ? NAMING.length + 2 : NAMING.length;
}

function listValues(rows: readonly JournalRow[], column: string): readonly string[] {
  return rows.flatMap(({ values }) => values.get(column) ?? []);
}

/** Whether rows that one column names alike differ in the other. */
function distinguishes(rows: readonly JournalRow[], column: string, other: string): boolean {
  const byName = new Map<string, Set<string>>();
  for (const { values } of rows) {
    const name = values.get(column) ?? "";
    byName.set(name, (byName.get(name) ?? new Set()).add(values.get(other) ?? ""));
  }

  return [...byName.values()].some(({ size }) => size > 1);
}

/** Without the folder and the ending of a file. */
function removeEnding(name: string): string {
  return name.replace(/^.*[/\\](?=.)/, "").replace(ENDING, "");
}
