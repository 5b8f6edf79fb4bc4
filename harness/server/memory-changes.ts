/**
 * What a statement makes of the tables in memory (pure), or why that is not certain.
 */
import { childrenIn, type SyntaxNode, stringOf, within } from "../release/syntax.ts";
import { checkIn, columnIn, columnsRead, isType, type Table, type Tables, tableOf } from "./memory-tables.ts";
import { isValidation } from "./memory-tree.ts";

/** Why pg-mem is not asked, or the tables as they are afterwards. */
export type Changed = { readonly objection: string } | { readonly tables: Tables };

const EMPTY: Table = { columns: new Map(), checks: [], computes: false };

/** @param statement CREATE TABLE, ALTER TABLE or CREATE INDEX, of forms that are trusted; no table has a row */
export function changedBy(statement: SyntaxNode, tables: Tables): Changed {
  const name = tableOf(statement);
  const before = tables.get(name);
  if (statement.kind === "CreateStmt") {
    return before === undefined
      ? changedIn(name, EMPTY, childrenIn(statement, "tableElts").map(adding), tables)
      : { objection: `there is a table ${name} already` };
  }
  if (before === undefined) return { objection: `there is no table ${name}` };
  const commands = childrenIn(statement, "cmds");
  if (commands.some(isValidation) && !commands.every(isValidation)) {
    return { objection: "it validates a check among other things" };
  }

  return statement.kind === "IndexStmt"
    ? changedIn(name, before, [indexing(statement)], tables)
    : changedIn(name, before, commands.map(command), tables);
}

/** A change of one table, or why it is not certain. */
type Change = (table: Table) => Table | string;

function changedIn(name: string, before: Table, changes: readonly Change[], tables: Tables): Changed {
  let table = before;
  for (const change of changes) {
    const changed = change(table);
    if (typeof changed === "string") return { objection: changed };
    table = changed;
  }

  return { tables: new Map([...tables, [name, table]]) };
}

/** One of the things that ALTER TABLE does. */
function command(node: SyntaxNode): Change {
  const [definition] = childrenIn(node, "def");
  const name = stringOf(node, "name");
  const subtype = stringOf(node, "subtype");
  if (definition !== undefined && ["AT_AddColumn", "AT_AddConstraint"].includes(subtype)) {
    return adding(definition);
  }
  switch (subtype) {
    case "AT_DropColumn":
      // What else goes with a column, such as checks and indexes, pg-mem forgets.
      return (table) =>
        table.columns.has(name) ? `it drops the column ${name} with all that is on it` : table;
    case "AT_DropConstraint":
      return dropping(name);
    case "AT_ValidateConstraint":
      return (table) =>
        table.checks.some((check) => check.name === name) ? table : `there is no check ${name}`;
    case "AT_SetNotNull":
    case "AT_DropNotNull":
    case "AT_ColumnDefault":
      return (table) => (table.columns.has(name) ? table : `there is no column ${name}`);
    default:
      return () => subtype;
  }
}

/** A column or a constraint. */
function adding(node: SyntaxNode): Change {
  if (node.kind === "Constraint") {
    const checks = checkIn(node);

    return (table) => (checks.length === 0 ? "a constraint of the table" : withChecks(table, checks));
  }
  const { name, type, checks } = columnIn(node);

  return (table) => {
    if (!isType(type)) return `the type ${type}`;
    if (table.columns.has(name)) return `there is a column ${name} already`;

    return withChecks({ ...table, columns: new Map([...table.columns, [name, type]]) }, checks);
  };
}

function withChecks(table: Table, checks: Table["checks"]): Table | string {
  const twice = checks.find(
    ({ name }) => name !== undefined && table.checks.some((check) => check.name === name),
  );

  return twice === undefined
    ? { ...table, checks: [...table.checks, ...checks] }
    : `there is a check ${twice.name} already`;
}

function dropping(name: string): Change {
  return (table) => {
    const checks = table.checks.filter((check) => check.name !== name);
    // PostgreSQL gives them names of its own, and this may be one.
    const nameless =
      checks.length === table.checks.length && checks.some((check) => check.name === undefined);

    return nameless ? `${name} may be the name that PostgreSQL gave a check` : { ...table, checks };
  };
}

/** An index that computes makes writes fail where numbers overflow, and in pg-mem they do not. */
function indexing(node: SyntaxNode): Change {
  const expressions = childrenIn(node, "indexParams").flatMap(within).filter(isArithmetic);
  const computes = expressions.length > 0;
  const read = columnsRead(node);

  return (table) => {
    const stranger = read.find((column) => !table.columns.has(column));
    if (stranger !== undefined) return `there is no column ${stranger}`;
    if (expressions.some(({ children }) => children.some(isArithmetic))) return "a long sum in an index";

    return { ...table, computes: table.computes || computes };
  };
}

export function isArithmetic(node: SyntaxNode): boolean {
  const operator = node.kind === "A_Expr" ? childrenIn(node, "name")[0]?.fields["sval"] : undefined;

  return operator === "+" || operator === "-";
}
