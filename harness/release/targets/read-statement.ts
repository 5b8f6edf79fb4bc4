/** Reads what a statement names from the nodes of its parse tree (pure). */
import type { ParsedStatement } from "../parser.ts";
import {
  findAncestor,
  getChildren,
  getString,
  getStrings,
  listNodes,
  listSubtree,
  type SyntaxNode,
} from "../syntax.ts";
import {
  type Attribute,
  type AttributeSetting,
  combineNamed,
  type DroppedKind,
  type DroppedObject,
  type NamedObjects,
  type WriteKind,
  type WrittenName,
} from "./named-objects.ts";
import { isRoleNamed, readObject, readRange, readRelation, readRole, toName } from "./read-names.ts";

/** What the statement names itself; what its bodies name is not included. */
export function readStatement({ node, tree }: ParsedStatement): NamedObjects {
  return combineNamed(listNodes(node, tree).map((each) => readers[each.kind]?.(each) ?? {}));
}

const ANY: readonly WriteKind[] = ["insert", "update", "delete"];

type Reader = (node: SyntaxNode) => Partial<NamedObjects>;

const readers: Readonly<Record<string, Reader>> = {
  InsertStmt: readInsert,
  UpdateStmt: readUpdate,
  DeleteStmt: (node) => ({ written: [{ table: readRelation(node), as: ["delete"] }] }),
  MergeStmt: readMerge,
  TruncateStmt: (node) => ({
    written: getChildren(node, "relations").map((table) => ({ table: readRange(table), as: ["delete"] as const })),
  }),
  CopyStmt: (node) => (node.fields["is_from"] === true ? readAllColumns(node, ["insert"]) : {}),
  RefreshMatViewStmt: (node) => readAllColumns(node, ANY),
  AlterTableStmt: (node) => readTypeChange(node),
  AlterTableCmd: readTableCommand,
  AlterEnumStmt: (node) => ({ changedTypes: [toName(getStrings(node, "typeName"))] }),
  RenameStmt: (node) => ({ renamed: [{ from: readRenamed(node), to: getString(node, "newname") }] }),
  DropStmt: (node) => ({ dropped: readDropped(node) }),
  DropRoleStmt: (node) => ({
    dropped: getChildren(node, "roles").map((role) => ({ kind: "role" as const, object: { name: readRole(role) } })),
  }),
  DropOwnedStmt: () => ({ isDynamic: true, writesUnknown: true }),
  ReassignOwnedStmt: () => ({ settings: [{ attribute: "owner" }] }),
  AlterOwnerStmt: (node) => ({ settings: getChildren(node, "object").map((each) => set("owner", readObject(each))) }),
  GrantStmt: readGrant,
  CreatePolicyStmt: readPolicy,
  AlterPolicyStmt: readPolicy,
  ViewStmt: (node) => readReplaced(node, readRange(getChildren(node, "view")[0]), readOptions),
  CreateStmt: (node) => readOptions(node, readRelation(node)),
  CreateFunctionStmt: (node) => readReplaced(node, toName(getStrings(node, "funcname")), readFunction),
  AlterFunctionStmt: (node) => readFunction(node, readObject(getChildren(node, "func")[0]), "actions"),
  DoStmt: (node) => ({ bodies: readBody(node, "args") }),
  FuncCall: readCall,
  CallStmt: (node) => ({ called: getChildren(node, "funccall").map((call) => toName(getStrings(call, "funcname"))) }),
};

function readInsert(node: SyntaxNode): Partial<NamedObjects> {
  const table = readRelation(node);
  const columns = getChildren(node, "cols");
  const conflict = getChildren(node, "onConflictClause").flatMap((clause) => getChildren(clause, "targetList"));

  return columns.length === 0
    ? readAllColumns(node, ["insert"])
    : {
        written: [{ table, as: conflict.length > 0 ? ["insert", "update"] : ["insert"] }],
        assigned: [...columns, ...conflict].map((target) => assign(table, target)),
      };
}

function readMerge(node: SyntaxNode): Partial<NamedObjects> {
  const table = readRelation(node);
  const clauses = getChildren(node, "mergeWhenClauses");
  const isWhole = clauses.some(
    (clause) => clause.fields["commandType"] === "CMD_INSERT" && getChildren(clause, "targetList").length === 0,
  );
  const targets = clauses.flatMap((clause) => getChildren(clause, "targetList"));

  return {
    written: [{ table, as: ANY }],
    assigned: isWhole ? [{ table }] : targets.map((target) => assign(table, target)),
  };
}

function readUpdate(node: SyntaxNode): Partial<NamedObjects> {
  const table = readRelation(node);

  return {
    written: [{ table, as: ["update"] }],
    assigned: getChildren(node, "targetList").map((target) => assign(table, target)),
  };
}

function readAllColumns(node: SyntaxNode, as: readonly WriteKind[]): Partial<NamedObjects> {
  const table = readRelation(node);

  return { written: [{ table, as }], assigned: [{ table }] };
}

function assign(table: WrittenName, target: SyntaxNode) {
  return { table, column: getString(target, "name") };
}

/** ALTER TYPE … ADD ATTRIBUTE and the like: values of the type print differently. */
function readTypeChange(node: SyntaxNode): Partial<NamedObjects> {
  return node.fields["objtype"] === "OBJECT_TYPE" ? { changedTypes: [readRelation(node)] } : {};
}

const SECURITY_COMMANDS: Readonly<Record<string, Attribute>> = {
  AT_EnableRowSecurity: "row security",
  AT_DisableRowSecurity: "row security",
  AT_ForceRowSecurity: "forced row security",
  AT_NoForceRowSecurity: "forced row security",
  AT_ChangeOwner: "owner",
};

function readTableCommand(node: SyntaxNode): Partial<NamedObjects> {
  const table = readRelation(findAncestor(node, "AlterTableStmt"));
  const [subtype, name] = [getString(node, "subtype"), getString(node, "name")];
  const attribute = SECURITY_COMMANDS[subtype];
  if (attribute !== undefined) return { settings: [set(attribute, table)] };
  switch (subtype) {
    case "AT_AlterColumnType":
      return { assigned: [{ table, column: name, isCast: isPlainCast(node) }] };
    case "AT_SetExpression":
      return { assigned: [{ table, column: name }] };
    case "AT_AttachPartition":
    case "AT_DetachPartition":
      return { written: [{ table, as: ANY }] };
    case "AT_DropColumn":
      return { dropped: [{ kind: "column", object: { within: table.name, name } }] };
    case "AT_DropConstraint":
      return { dropped: [{ kind: "constraint", object: { name } }] };
    case "AT_SetRelOptions":
    case "AT_ResetRelOptions":
      return readOptions(node, table, "def");
    default:
      return {};
  }
}

const CAST_NODES = new Set(["TypeCast", "TypeName", "ColumnRef", "String", "CollateClause", "A_Const", "ival"]);

/** Whether USING is missing, or casts a column and does nothing else. */
function isPlainCast(command: SyntaxNode): boolean {
  const using = getChildren(command, "def").flatMap((column) => getChildren(column, "raw_default"));

  return using.flatMap(listSubtree).every(({ kind }) => CAST_NODES.has(kind));
}

const DROPPED: Readonly<Record<string, DroppedKind>> = {
  OBJECT_TABLE: "relation",
  OBJECT_VIEW: "relation",
  OBJECT_MATVIEW: "relation",
  OBJECT_FOREIGN_TABLE: "relation",
  OBJECT_SEQUENCE: "relation",
  OBJECT_INDEX: "relation",
  OBJECT_FUNCTION: "function",
  OBJECT_PROCEDURE: "function",
  OBJECT_ROUTINE: "function",
  OBJECT_AGGREGATE: "function",
  OBJECT_TYPE: "type",
  OBJECT_DOMAIN: "type",
  OBJECT_TRIGGER: "trigger",
  OBJECT_POLICY: "policy",
  OBJECT_RULE: "rule",
  OBJECT_SCHEMA: "schema",
};

function readDropped(node: SyntaxNode): DroppedObject[] {
  const kind = DROPPED[getString(node, "removeType")] ?? "other";

  return getChildren(node, "objects").map((each) => ({ kind, object: readObject(each) }));
}

/** A column, trigger or policy has its name beside the relation's. */
function readRenamed(node: SyntaxNode): string {
  const object = [...getChildren(node, "object"), ...getChildren(node, "relation")][0];

  return getString(node, "subname") || readObject(object).name;
}

function readGrant(node: SyntaxNode): Partial<NamedObjects> {
  const isWide = node.fields["targtype"] !== "ACL_TARGET_OBJECT";
  const objects = isWide ? [undefined] : getChildren(node, "objects").map(readObject);
  const roles = getChildren(node, "grantees").map((role) => (isRoleNamed(role) ? readRole(role) : undefined));
  const privileges = getChildren(node, "privileges").map((each) => getString(each, "priv_name").toUpperCase());
  const granted = privileges.length === 0 ? [undefined] : privileges;

  return {
    settings: objects.flatMap((object) =>
      roles.flatMap((of) =>
        granted.map((privilege): AttributeSetting => ({ attribute: "grants", object, of, privilege })),
      ),
    ),
  };
}

/** The parser adds PUBLIC, at no location, where a policy names no role; and PERMISSIVE where it says nothing. */
function readPolicy(node: SyntaxNode): Partial<NamedObjects> {
  const policy = { within: readRange(getChildren(node, "table")[0]).name, name: getString(node, "policy_name") };
  const isNamed = getChildren(node, "roles").some(({ fields }) => fields["location"] !== -1);
  const isRestrictive = node.kind === "CreatePolicyStmt" && node.fields["permissive"] !== true;

  return {
    settings: [...(isNamed ? [set("roles", policy)] : []), ...(isRestrictive ? [set("permissive", policy)] : [])],
  };
}

/** What the definition of a view or function says of it; OR REPLACE resets the rest. */
function readReplaced(
  node: SyntaxNode,
  object: WrittenName,
  read: (node: SyntaxNode, object: WrittenName) => Partial<NamedObjects>,
): Partial<NamedObjects> {
  return { ...read(node, object), replaced: node.fields["replace"] === true ? [object] : [] };
}

function readOptions(node: SyntaxNode, object: WrittenName, field = "options"): Partial<NamedObjects> {
  const options = getChildren(node, field).flatMap(listSubtree);
  const names = options.flatMap((each) => (each.kind === "DefElem" ? [getString(each, "defname")] : []));
  const isChecked =
    getString(node, "withCheckOption").endsWith("CASCADED") || getString(node, "withCheckOption").endsWith("LOCAL");

  return {
    settings: [...names, ...(isChecked ? ["check_option"] : [])].map((of) => ({ ...set("option", object), of })),
  };
}

const FUNCTION_ATTRIBUTES: Readonly<Record<string, Attribute>> = {
  security: "security definer",
  volatility: "volatility",
};

function readFunction(node: SyntaxNode, object: WrittenName, field = "options"): Partial<NamedObjects> {
  const settings = getChildren(node, field).flatMap((option): AttributeSetting[] => {
    const name = getString(option, "defname");
    const attribute = FUNCTION_ATTRIBUTES[name];
    if (name === "set") {
      const variable = listSubtree(option).find(({ kind }) => kind === "VariableSetStmt");

      return [{ attribute: "config", object, of: variable && (getString(variable, "name") || undefined) }];
    }

    return attribute === undefined ? [] : [set(attribute, object)];
  });

  return { settings, bodies: readBody(node, field) };
}

/** The text of a body that is written as a string; one of standard SQL is in the tree. */
function readBody(node: SyntaxNode, field: string): string[] {
  return getChildren(node, field)
    .filter((option) => getString(option, "defname") === "as")
    .flatMap((option) => listSubtree(option))
    .flatMap(({ kind, fields }) => (kind === "String" && typeof fields["sval"] === "string" ? [fields["sval"]] : []));
}

function readCall(node: SyntaxNode): Partial<NamedObjects> {
  return { called: [toName(getStrings(node, "funcname"))] };
}

function set(attribute: Attribute, object: WrittenName): AttributeSetting {
  return { attribute, object };
}
