/**
 * Finds which statements are the tool's own (pure). A run that finds nothing to apply sends nothing but those, so the
 * relations that it names are the tool's; except those that a migration made, which a hook of the tool reads after each run.
 */

import { getStrings } from "../release/syntax.ts";
import type { WrittenName } from "../release/targets/named-objects.ts";
import { isCatalog, isSameRelation, type SentStatement } from "./sent-statements.ts";
import { isSessionSetting } from "./session-settings.ts";
import type { Unit } from "./units.ts";

export interface Bookkeeping {
  /** What the tool keeps for itself, such as the list of applied migrations. */
  readonly relations: readonly WrittenName[];
  /** Relations of the user's that the tool reads or fills after each run. */
  readonly hooked: readonly WrittenName[];
  /** The texts of what the tool sends in each run. */
  readonly repeated: ReadonlySet<string>;
}

/**
 * @param first the units of the first run
 * @param statements of a run that found nothing to apply, those that it rolled back too: some tools only read in it
 */
export function findBookkeeping(first: readonly Unit[], statements: readonly SentStatement[]): Bookkeeping {
  const named = removeDuplicates(statements.flatMap(({ relations }) => relations)).filter((each) => !isCatalog(each));
  const early = listEarly(first, named);
  const hooked = named.filter((one) => !early.some((other) => isSameRelation(one, other)));

  return {
    relations: named.filter((one) => !hooked.includes(one)),
    hooked,
    repeated: new Set(statements.map(formatIdentity)),
  };
}

/**
 * Those that were there before the first row was written to any: made in an earlier transaction, or where none was, in the
 * same one.
 */
function listEarly(first: readonly Unit[], named: readonly WrittenName[]): readonly WrittenName[] {
  const isNamed = (each: WrittenName) => named.some((other) => isSameRelation(each, other));
  const isWrite = (statement: SentStatement) => WRITES.has(statement.parsed.node) && statement.relations.some(isNamed);
  const firstWrite = first.findIndex(({ statements }) => statements.some(isWrite));
  if (firstWrite === -1) return named;
  const earlier = first.slice(0, firstWrite).flatMap(({ statements }) => statements);
  const unit = first[firstWrite]?.statements ?? [];
  const sameUnit = unit.slice(0, unit.findIndex(isWrite));
  const later = [...unit, ...first.slice(firstWrite + 1).flatMap(({ statements }) => statements)];
  const made = (statements: readonly SentStatement[]) => statements.flatMap(listMade).filter(isNamed);
  const early = made(earlier).length > 0 ? made(earlier) : made(sameUnit);
  const late = made(later).filter((one) => !early.some((other) => isSameRelation(one, other)));

  return named.filter((one) => !late.some((other) => isSameRelation(one, other)));
}

const WRITES = new Set(["InsertStmt", "UpdateStmt", "DeleteStmt", "TruncateStmt"]);
const MAKES = new Set(["CreateStmt", "CreateTableAsStmt", "ViewStmt"]);

function listMade({ parsed, relations }: SentStatement): readonly WrittenName[] {
  return MAKES.has(parsed.node) ? relations.slice(0, 1) : [];
}

function removeDuplicates(names: readonly WrittenName[]): readonly WrittenName[] {
  return names.filter((one, index) => names.findIndex((other) => isSameRelation(one, other)) === index);
}

/** Equal for statements that do the same. */
export function formatIdentity({ text, message }: SentStatement): string {
  return JSON.stringify([text.trim(), message.parameters]);
}

/** Whether a statement writes rows to a relation of the tool's: each such write is about a migration. */
export function isJournalWrite(statement: SentStatement, { relations }: Bookkeeping): boolean {
  return WRITES.has(statement.parsed.node) && isOnly(statement, relations);
}

/** Whether all relations that it names are among some; false where it names none. */
export function isOnly({ relations }: SentStatement, among: readonly WrittenName[]): boolean {
  return relations.length > 0 && relations.every((one) => among.some((other) => isSameRelation(one, other)));
}

/**
 * Whether a statement is about the tool and not about a migration: one on its own relations, one that only looks at the
 * catalog or at a setting, and what prepares or cleans up a session.
 * @param harmless names of PostgreSQL's functions that change nothing, advisory locks among them
 */
export function isOwn(statement: SentStatement, bookkeeping: Bookkeeping, harmless: ReadonlySet<string>): boolean {
  const { parsed, relations } = statement;
  if (IDLE.has(parsed.node) || isOnly(statement, bookkeeping.relations)) return true;

  return parsed.node === "SelectStmt" && relations.every(isCatalog) && isHarmless(statement, harmless);
}

/** Whether it only sets what ends with its session, and perhaps takes a lock: SET, and a SELECT that calls set_config. */
export function preparesSession(statement: SentStatement, harmless: ReadonlySet<string>): boolean {
  const { parsed, relations } = statement;
  if (isSessionSetting(statement)) return true;

  return (
    parsed.node === "SelectStmt" &&
    relations.every(isCatalog) &&
    isHarmless(statement, new Set([...harmless, "set_config"]))
  );
}

const IDLE = new Set([
  ...["VariableShowStmt", "ListenStmt", "UnlistenStmt", "NotifyStmt", "DeallocateStmt", "DiscardStmt", "FetchStmt"],
]);

/** Whether it calls no function that may change something. */
export function isHarmless({ nodes }: SentStatement, harmless: ReadonlySet<string>): boolean {
  const writes = nodes.some(({ kind }) => WRITES.has(kind) || kind === "MergeStmt" || kind === "intoClause");

  return (
    !writes &&
    nodes.every((node) => {
      if (node.kind !== "FuncCall") return true;
      const [schema, name] = ["", ...getStrings(node, "funcname")].slice(-2);

      return (schema === "" || schema === "pg_catalog") && harmless.has(name ?? "");
    })
  );
}
