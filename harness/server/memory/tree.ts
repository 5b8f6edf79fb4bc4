/**
 * A statement as pg-mem has it, made from PostgreSQL's own tree (pure): what was judged is what is run, and no second
 * parser has a view of its own. For the forms that are trusted, and no others. A check that is not validated binds every
 * write, as one that is does: NOT VALID is not taken over.
 */
import type {
  AlterColumn,
  BinaryOperator,
  ColumnConstraint,
  ColumnConstraintCheck,
  CreateColumnDef,
  Expr,
  Name,
  QName,
  Statement,
  TableAlteration,
} from "pgsql-ast-parser";
import { childrenIn, type SyntaxNode, stringOf, stringsIn, typeNameOf } from "../../release/syntax.ts";
import { constantOf } from "./tables.ts";

/**
 * What pg-mem is to run; undefined where nothing is left to do.
 * @throws Error of a form that is not known here
 */
export function treeFor(root: SyntaxNode): Statement | undefined {
  switch (root.kind) {
    case "CreateStmt":
      return createTable(root);
    case "AlterTableStmt":
      return alterTable(root);
    case "IndexStmt":
      // It finds what is there without it.
      return undefined;
    case "InsertStmt":
      return {
        type: "insert",
        into: relationIn(root),
        columns: childrenIn(root, "cols").map((target) => named(stringOf(target, "name"))),
        insert: {
          type: "values",
          values: childrenIn(root, "selectStmt")
            .flatMap((source) => childrenIn(source, "valuesLists"))
            .map((row) => childrenIn(row, "items").map(expression)),
        },
      };
    case "UpdateStmt":
      return {
        type: "update",
        table: relationIn(root),
        sets: childrenIn(root, "targetList").map((target) => ({
          column: named(stringOf(target, "name")),
          value: required(valueIn(target, "val")),
        })),
        ...given("where", valueIn(root, "whereClause")),
      };
    case "DeleteStmt":
      return {
        type: "delete",
        from: relationIn(root),
        ...given("where", valueIn(root, "whereClause")),
      };
    case "SelectStmt":
      return {
        type: "select",
        columns: childrenIn(root, "targetList").map((target) => ({
          expr: required(valueIn(target, "val")),
          ...given("alias", nameIn(target, "name")),
        })),
        from: childrenIn(root, "fromClause").map((table) => ({ type: "table", name: qualified(table) })),
        ...given("where", valueIn(root, "whereClause")),
      };
    default:
      throw unknownForm(root.kind);
  }
}

export function isValidation(command: SyntaxNode): boolean {
  return stringOf(command, "subtype") === "AT_ValidateConstraint";
}

/** What ALTER TABLE does, in the order in which PostgreSQL does it: in passes, and in each in the order of the text. */
export function inPasses(commands: readonly SyntaxNode[]): readonly SyntaxNode[] {
  return commands.toSorted((one, other) => passOf(one) - passOf(other));
}

function passOf(command: SyntaxNode): number {
  switch (stringOf(command, "subtype")) {
    case "AT_AddColumn":
      return 1;
    case "AT_SetNotNull":
      return 2;
    case "AT_AddConstraint":
      return 3;
    case "AT_ColumnDefault":
      return childrenIn(command, "def").length > 0 ? 3 : 0;
    default:
      return 0;
  }
}

function createTable(root: SyntaxNode): Statement {
  const elements = childrenIn(root, "tableElts");
  const isColumn = ({ kind }: SyntaxNode) => kind === "ColumnDef";
  const checks = elements.filter((element) => !isColumn(element)).map(check);

  return {
    type: "create table",
    name: relationIn(root),
    ...(root.fields["if_not_exists"] === true && { ifNotExists: true }),
    columns: elements.filter(isColumn).map(column),
    ...(checks.length > 0 && { constraints: checks }),
  };
}

function alterTable(root: SyntaxNode): Statement | undefined {
  const commands = childrenIn(root, "cmds").filter((command) => !isValidation(command));
  if (commands.length === 0) return undefined;

  return { type: "alter table", table: relationIn(root), changes: inPasses(commands).map(alteration) };
}

function alteration(command: SyntaxNode): TableAlteration {
  const subtype = stringOf(command, "subtype");
  const name = named(stringOf(command, "name"));
  const [definition] = childrenIn(command, "def");
  const isLenient = command.fields["missing_ok"] === true;
  const altered = (alter: AlterColumn): TableAlteration => ({ type: "alter column", column: name, alter });
  switch (subtype) {
    case "AT_AddColumn":
      return {
        type: "add column",
        ...(isLenient && { ifNotExists: true }),
        column: column(required(definition)),
      };
    case "AT_AddConstraint":
      return { type: "add constraint", constraint: check(required(definition)) };
    case "AT_DropColumn":
      return { type: "drop column", ...(isLenient && { ifExists: true }), column: name };
    case "AT_DropConstraint":
      return { type: "drop constraint", ...(isLenient && { ifExists: true }), constraint: name };
    case "AT_SetNotNull":
      return altered({ type: "set not null" });
    case "AT_DropNotNull":
      return altered({ type: "drop not null" });
    case "AT_ColumnDefault":
      return altered(
        definition === undefined
          ? { type: "drop default" }
          : { type: "set default", default: expression(definition) },
      );
    default:
      throw unknownForm(subtype);
  }
}

function column(definition: SyntaxNode): CreateColumnDef {
  const constraints = childrenIn(definition, "constraints").map(columnConstraint);

  return {
    kind: "column",
    name: named(stringOf(definition, "colname")),
    dataType: { name: typeNameOf(childrenIn(definition, "typeName")[0]) },
    ...(constraints.length > 0 && { constraints }),
  };
}

function columnConstraint(constraint: SyntaxNode): ColumnConstraint {
  const name = given("constraintName", nameIn(constraint, "conname"));
  switch (constraint.fields["contype"]) {
    case "CONSTR_NOTNULL":
      return { type: "not null", ...name };
    case "CONSTR_PRIMARY":
      return { type: "primary key", ...name };
    case "CONSTR_DEFAULT":
      return { type: "default", ...name, default: required(valueIn(constraint, "raw_expr")) };
    case "CONSTR_FOREIGN":
      return {
        type: "reference",
        ...name,
        foreignTable: qualified(required(childrenIn(constraint, "pktable")[0])),
        foreignColumns: stringsIn(constraint, "pk_attrs").map(named),
      };
    default:
      return check(constraint);
  }
}

function check(constraint: SyntaxNode): ColumnConstraintCheck {
  if (constraint.fields["contype"] !== "CONSTR_CHECK") throw unknownForm(stringOf(constraint, "contype"));

  return {
    type: "check",
    ...given("constraintName", nameIn(constraint, "conname")),
    expr: required(valueIn(constraint, "raw_expr")),
  };
}

function expression(node: SyntaxNode): Expr {
  switch (node.kind) {
    case "A_Const":
      return constant(node);
    case "SetToDefault":
      return { type: "default" };
    case "ColumnRef":
      return reference(node);
    case "A_Expr":
      return {
        type: "binary",
        op: operatorOf(node),
        left: required(valueIn(node, "lexpr")),
        right: required(valueIn(node, "rexpr")),
      };
    case "BoolExpr":
      return childrenIn(node, "args")
        .map(expression)
        .reduce((left, right) => ({ type: "binary", op: "AND", left, right }));
    case "FuncCall":
      return {
        type: "call",
        function: named(stringsIn(node, "funcname").join(".")),
        args: node.fields["agg_star"] === true ? [{ type: "ref", name: "*" }] : [],
      };
    default:
      throw unknownForm(node.kind);
  }
}

function constant(node: SyntaxNode): Expr {
  const value = constantOf(node);
  if (value === null) return { type: "null" };
  switch (typeof value) {
    case "number":
      return { type: "integer", value };
    case "string":
      return { type: "string", value };
    case "boolean":
      return { type: "boolean", value };
    default:
      throw unknownForm("such a number");
  }
}

function reference(node: SyntaxNode): Expr {
  const [name, table, ...more] = stringsIn(node, "fields").reverse();
  if (name === undefined || more.length > 0) throw unknownForm("such a name of a column");

  return { type: "ref", name, ...(table !== undefined && { table: named(table) }) };
}

function operatorOf(node: SyntaxNode): BinaryOperator {
  const [operator = ""] = stringsIn(node, "name");

  return (operator === "<>" ? "!=" : operator) as BinaryOperator;
}

function valueIn(node: SyntaxNode, field: string): Expr | undefined {
  const [value] = childrenIn(node, field);

  return value && expression(value);
}

function relationIn(root: SyntaxNode): QName {
  return qualified(required(childrenIn(root, "relation")[0]));
}

function qualified(table: SyntaxNode): QName {
  const schema = stringOf(table, "schemaname");

  return { name: stringOf(table, "relname"), ...(schema !== "" && { schema }) };
}

function nameIn(node: SyntaxNode, field: string): Name | undefined {
  const name = stringOf(node, field);

  return name === "" ? undefined : named(name);
}

function named(name: string): Name {
  return { name };
}

/** A field that is left out where it has no value: pg-mem looks at which there are. */
function given<Field extends string, Value>(
  field: Field,
  value: Value | undefined,
): { [key in Field]?: Value } {
  return (value === undefined ? {} : { [field]: value }) as { [key in Field]?: Value };
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw unknownForm("a form without such a part");

  return value;
}

function unknownForm(what: string): Error {
  return new Error(`pg-mem is not asked about ${what}`);
}
