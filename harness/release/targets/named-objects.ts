/** Defines what the statements of a migration name, as plain data (pure). Names are as the parser folds them. */

/** A name as a statement writes it. */
export interface WrittenName {
  /** The schema, or the table of a trigger, policy or column. Absent where the statement relies on the search path. */
  readonly within?: string | undefined;
  readonly name: string;
}

export type WriteKind = "insert" | "update" | "delete";

/** Rows of a table that a statement inserts, updates or deletes; MERGE, COPY and the like may do any of it. */
export interface WrittenTable {
  readonly table: WrittenName;
  readonly as: readonly WriteKind[];
}

/** A column whose values a statement sets. */
export interface AssignedColumn {
  /** Absent where a body assigns it, which does not say of which table: then of any. */
  readonly table?: WrittenName | undefined;
  /** Absent for all columns of the table. */
  readonly column?: string | undefined;
  /** True where the values are cast to another type and not changed otherwise. */
  readonly isCast?: boolean;
}

export type DroppedKind =
  | "relation"
  | "function"
  | "type"
  | "trigger"
  | "policy"
  | "rule"
  | "column"
  | "constraint"
  | "schema"
  | "role"
  | "other";

/** An object that a statement drops by its name, as opposed to what goes with it. */
export interface DroppedObject {
  readonly kind: DroppedKind;
  readonly object: WrittenName;
}

export type Attribute =
  | "owner"
  | "grants"
  | "option" // of a relation, such as security_invoker
  | "row security"
  | "forced row security"
  | "roles"
  | "permissive"
  | "security definer"
  | "config"
  | "volatility";

/** An attribute of an object that a statement sets, to whatever value. */
export interface AttributeSetting {
  readonly attribute: Attribute;
  /** Absent for all objects, such as those of a schema. */
  readonly object?: WrittenName | undefined;
  /** Of grants the role, `PUBLIC` for all roles; of options and settings the name. Absent for any. */
  readonly of?: string | undefined;
  /** Of grants the privilege, such as `SELECT`; absent for all. */
  readonly privilege?: string | undefined;
}

export interface RenamedObject {
  readonly from: string;
  readonly to: string;
}

export interface NamedObjects {
  readonly written: readonly WrittenTable[];
  readonly assigned: readonly AssignedColumn[];
  readonly dropped: readonly DroppedObject[];
  readonly settings: readonly AttributeSetting[];
  /** Views and functions of CREATE OR REPLACE: what the statement does not say of them is reset. */
  readonly replaced: readonly WrittenName[];
  /** Types whose labels or attributes were changed, so that their values print differently. */
  readonly changedTypes: readonly WrittenName[];
  /** A new name by the old one: later statements use the new one. */
  readonly renamed: readonly RenamedObject[];
  /** Functions that are called. */
  readonly called: readonly WrittenName[];
  /** The source texts of function bodies and DO blocks. */
  readonly bodies: readonly string[];
  /** True where a statement is built from names that only a running server knows: then anything may be named. */
  readonly isDynamic: boolean;
  /** True where such a statement writes rows or alters a table. */
  readonly writesUnknown: boolean;
}

export function combineNamed(all: readonly Partial<NamedObjects>[]): NamedObjects {
  const list = <Key extends Exclude<keyof NamedObjects, "isDynamic" | "writesUnknown">>(key: Key) =>
    all.flatMap((each) => (each[key] ?? []) as NamedObjects[Key][number][]);

  return {
    written: list("written"),
    assigned: list("assigned"),
    dropped: list("dropped"),
    settings: list("settings"),
    replaced: list("replaced"),
    changedTypes: list("changedTypes"),
    renamed: list("renamed"),
    called: list("called"),
    bodies: list("bodies"),
    isDynamic: all.some(({ isDynamic }) => isDynamic === true),
    writesUnknown: all.some(({ writesUnknown }) => writesUnknown === true),
  };
}
