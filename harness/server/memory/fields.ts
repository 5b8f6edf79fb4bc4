/**
 * The words of SQL that pg-mem is trusted with (pure): the kinds of PostgreSQL's parse tree, and of each the fields, that
 * it does as PostgreSQL does. It knows a small part of SQL, and passes over or mistakes more than it refuses, so what is
 * not in this list is not decided in memory.
 */
import type { SyntaxNode } from "../../release/syntax.ts";

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  CreateStmt: ["relation", "tableElts", "oncommit", "if_not_exists"],
  ColumnDef: ["colname", "typeName", "is_local", "constraints"],
  TypeName: ["names", "typemod"],
  Constraint: [
    ...["contype", "conname", "is_enforced", "initially_valid", "skip_validation", "raw_expr"],
    ...["pktable", "pk_attrs", "fk_matchtype", "fk_upd_action", "fk_del_action"],
  ],
  pktable: ["relname", "schemaname", "inh", "relpersistence"],
  AlterTableStmt: ["relation", "cmds", "objtype"],
  AlterTableCmd: ["subtype", "name", "def", "behavior", "missing_ok"],
  IndexStmt: [
    ...["idxname", "relation", "accessMethod", "indexParams", "whereClause"],
    ...["concurrent", "if_not_exists"],
  ],
  IndexElem: ["name", "expr", "ordering", "nulls_ordering"],
  InsertStmt: ["relation", "cols", "selectStmt", "override"],
  UpdateStmt: ["relation", "targetList", "whereClause"],
  DeleteStmt: ["relation", "whereClause"],
  SelectStmt: ["targetList", "fromClause", "whereClause", "valuesLists", "limitOption", "op"],
  RangeVar: ["relname", "schemaname", "inh", "relpersistence"],
  ResTarget: ["name", "val"],
  List: ["items"],
  String: ["sval"],
  SetToDefault: [],
  A_Const: ["ival", "fval", "sval", "boolval", "isnull"],
  ival: ["ival"],
  fval: ["fval"],
  sval: ["sval"],
  boolval: ["boolval"],
  A_Expr: ["kind", "name", "lexpr", "rexpr"],
  BoolExpr: ["boolop", "args"],
  ColumnRef: ["fields"],
  FuncCall: ["funcname", "funcformat", "agg_star"],
};

/** Fields that choose between forms, and the choices that are trusted. */
const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  schemaname: ["public"],
  relpersistence: ["p"],
  inh: [true],
  typemod: [-1],
  oncommit: ["ONCOMMIT_NOOP"],
  objtype: ["OBJECT_TABLE"],
  is_enforced: [true],
  contype: [...["CONSTR_NOTNULL", "CONSTR_DEFAULT", "CONSTR_CHECK", "CONSTR_PRIMARY"], "CONSTR_FOREIGN"],
  fk_matchtype: ["s"],
  fk_upd_action: ["a"],
  fk_del_action: ["a"],
  accessMethod: ["btree"],
  ordering: ["SORTBY_DEFAULT"],
  nulls_ordering: ["SORTBY_NULLS_DEFAULT"],
  behavior: ["DROP_RESTRICT"],
  override: ["OVERRIDING_NOT_SET"],
  limitOption: ["LIMIT_OPTION_DEFAULT"],
  op: ["SETOP_NONE"],
  kind: ["AEXPR_OP"],
  boolop: ["AND_EXPR"],
};

/** Where each node stands in the text is no matter. */
const PLACES = ["location", "list_start", "list_end", "rexpr_list_start", "rexpr_list_end"];

/** The first thing in the tree that pg-mem is not trusted with, in a few words; undefined where there is none. */
export function strangeIn(nodes: readonly SyntaxNode[]): string | undefined {
  for (const { kind, fields } of nodes) {
    const known = FIELDS[kind];
    if (known === undefined) return kind;
    for (const [field, value] of Object.entries(fields)) {
      if (PLACES.includes(field)) continue;
      if (!known.includes(field)) return `${kind}.${field}`;
      const choices = CHOICES[field];
      if (choices !== undefined && !choices.includes(value)) return `${field} ${JSON.stringify(value)}`;
    }
    // The parser leaves out what is false.
    if (fields["contype"] === "CONSTR_CHECK" && fields["is_enforced"] !== true) return "NOT ENFORCED";
  }

  return undefined;
}
