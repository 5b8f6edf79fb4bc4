/**
 * What a statement makes of the tables in memory (pure), or why that is not certain.
 */
import { childrenIn, type SyntaxNode, stringOf } from "../../release/syntax.ts";
import {
  checkIn,
  columnIn,
  columnOf,
  columnsRead,
  isNumber,
  isType,
  type Table,
  type Tables,
  tableOf,
} from "./tables.ts";
import { inPasses, isValidation } from "./tree.ts";

/** Why pg-mem is not asked, or the tables as they are afterwards. */
export type Changed = { readonly objection: string } | { readonly tables: Tables };

const EMPTY: Table = {
  columns: new Map(),
  checks: [],
  computes: false,
  primaryKey: [],
  hasSequence: false,
  indexes: [],
};
/** PostgreSQL has no more in a table. */
export const COLUMNS_MAX = 1600;
/** What PostgreSQL has in every table. */
const SYSTEM_COLUMNS = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/** @param statement CREATE TABLE, ALTER TABLE or CREATE INDEX, of forms that are trusted; no table has a row */
export function changedBy(statement: SyntaxNode, tables: Tables): Changed {
  const name = tableOf(statement);
  const before = tables.get(name);
  const relations = [...tables].flatMap(([table, { indexes }]) => [table, `${table}_pkey`, ...indexes]);
  // What a sequence is called that comes with a column.
  if (/_seq\d*$/.test(name)) return { objection: `${name} may be the name of a sequence` };
  if (statement.kind === "CreateStmt") {
    return relations.includes(name)
      ? { objection: `there is a relation ${name} already` }
      : changedIn(name, EMPTY, childrenIn(statement, "tableElts").map(adding), tables);
  }
  if (before === undefined) return { objection: `there is no table ${name}` };
  const commands = childrenIn(statement, "cmds");
  if (commands.some(isValidation) && !commands.every(isValidation)) {
    return { objection: "it validates a check among other things" };
  }

  if (statement.kind === "IndexStmt") {
    return changedIn(name, before, [indexing(statement, relations)], tables);
  }

  return changedIn(name, before, inPasses(commands).map(command), tables);
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
      return dropping(name, node.fields["missing_ok"] === true);
    case "AT_ValidateConstraint":
      return (table) =>
        table.checks.some((check) => check.name === name) ? table : `there is no check ${name}`;
    case "AT_DropNotNull":
      return (table) =>
        table.primaryKey.includes(name) || !table.columns.has(name)
          ? `there is no column ${name} that may be NULL`
          : table;
    case "AT_SetNotNull":
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
  const { name, type, checks, kinds } = columnIn(node);
  const isKey = kinds.includes("CONSTR_PRIMARY");
  const hasSequence = type.endsWith("serial");
  const others = kinds.filter((kind) => kind !== "CONSTR_CHECK");
  const isTwofold = new Set(others).size < others.length || (hasSequence && kinds.includes("CONSTR_DEFAULT"));

  return (table) => {
    if (!isType(type)) return `the type ${type}`;
    if (isTwofold) return `what ${name} has twice`;
    if (table.columns.has(name) || SYSTEM_COLUMNS.includes(name)) return `there is a column ${name} already`;
    if (table.columns.size >= COLUMNS_MAX) return "so many columns";
    if (isKey && table.primaryKey.length > 0) return "a second primary key";
    const more = {
      ...table,
      columns: new Map([...table.columns, [name, type]]),
      primaryKey: isKey ? [name] : table.primaryKey,
      hasSequence: table.hasSequence || hasSequence,
    };

    return withChecks(more, checks);
  };
}

function withChecks(table: Table, checks: Table["checks"]): Table | string {
  const twice = checks.find(
    ({ name }) => name !== undefined && table.checks.some((check) => check.name === name),
  );

  const own = checks.find(({ name }) => name !== undefined && isOwn(name, table));
  if (own !== undefined) return `${own.name} may be the name that PostgreSQL gave another constraint`;

  return twice === undefined
    ? { ...table, checks: [...table.checks, ...checks] }
    : `there is a check ${twice.name} already`;
}

function dropping(name: string, isLenient: boolean): Change {
  return (table) => {
    const checks = table.checks.filter((check) => check.name !== name);
    if (checks.length < table.checks.length) return { ...table, checks };
    if (!isLenient) return `there is no check ${name}`;

    return isOwn(name, table) ? `${name} may be the name that PostgreSQL gave a constraint` : table;
  };
}

/** Whether PostgreSQL may have given it to a constraint that was made without a name. */
function isOwn(name: string, { checks }: Table): boolean {
  return /_check\d*$/.test(name)
    ? checks.some((check) => check.name === undefined)
    : /_(fkey|pkey|not_null)\d*$/.test(name);
}

/**
 * An index finds what is there without it, so pg-mem has none: it would look for rows in one that holds only some. One
 * that computes makes writes fail where numbers overflow.
 */
function indexing(node: SyntaxNode, relations: readonly string[]): Change {
  const name = stringOf(node, "idxname");
  const expressions = childrenIn(node, "indexParams").flatMap((param) => childrenIn(param, "expr"));
  const read = columnsRead(node);

  return (table) => {
    if (relations.includes(name)) {
      return node.fields["if_not_exists"] === true ? table : `there is a relation ${name} already`;
    }
    const stranger = read.find((column) => !table.columns.has(column));
    if (name === "" || /_seq\d*$/.test(name)) return "an index whose name is not certain";
    if (stranger !== undefined) return `there is no column ${stranger}`;
    const isNumeric = (operand: SyntaxNode | undefined) =>
      isNumber(table.columns.get(columnOf(operand) ?? ""));
    const isSum = (sum: SyntaxNode) =>
      isArithmetic(sum) && isNumeric(childrenIn(sum, "lexpr")[0]) && isNumeric(childrenIn(sum, "rexpr")[0]);
    if (!expressions.every(isSum)) return "an index of more than the sum of two columns";

    return {
      ...table,
      computes: table.computes || expressions.length > 0,
      indexes: [...table.indexes, name],
    };
  };
}

export function isArithmetic(node: SyntaxNode): boolean {
  const operator = node.kind === "A_Expr" ? childrenIn(node, "name")[0]?.fields["sval"] : undefined;

  return operator === "+" || operator === "-";
}
