/** Lists what a migration asks of the rows before it, each with the errors that say so. */
import { loadParser } from "../../harness/release/parser.ts";
import { Targets } from "../../harness/release/targets/targets.ts";
import type { Aim } from "../../harness/rows/directed.ts";
import { tableKey } from "../../harness/rows/schema-model.ts";
import type { Failure } from "./apply-within.ts";
import { type Assumption, areSame, assumeAim, type Schemas } from "./model/assumption.ts";
import { type AttachedLink, findAttachedLinks } from "./model/attached-links.ts";
import { readConversions } from "./model/conversions.ts";
import { type DomainCondition, findDomainConditions } from "./model/domain-conditions.ts";
import { findEvaluatedColumns } from "./model/evaluated-columns.ts";
import { type EvaluatedExpression, findEvaluatedExpressions } from "./model/evaluated-expressions.ts";
import { assumeLater, assumeRows, findAimColumns, pairTable } from "./model/later-conditions.ts";
import { matchAim, mentions } from "./model/match-aim.ts";
import { findLaterAims, findPartitionAims, findValidatedAims, nameAim } from "./model/more-aims.ts";
import { type ColumnChanges, findConversion } from "./model/rows-after.ts";
import type { TrialWorld } from "./trial-world.ts";

export interface RowQuestion {
  /** Of the table, as datasets name it. */
  readonly table: string;
  /** The constraint, column or index, such as `public.users.email`. */
  readonly subject: string;
  /** What asks for it, such as `email becomes NOT NULL`. */
  readonly reason: string;
  /** Undefined where no query is known. */
  readonly assumption: Assumption | undefined;
  /** What generated rows are aimed at. */
  readonly aims: readonly Aim[];
  /** Its query counts nothing: it fails where a row makes the migration fail. */
  readonly isEvaluated?: boolean;
  /** No value of a row matters: it is asked only where the migration was seen to fail because of it. */
  readonly isConstant?: boolean;
  /** No generated row can break it, since it is enforced for new rows. */
  readonly isEnforced?: boolean;
  /** Whether a migration failed because of it. */
  matches(failure: Failure): boolean;
}

/** Each constraint, type, domain and expression that asks for something, once. */
export async function listQuestions(world: TrialWorld, schemas: Schemas): Promise<readonly RowQuestion[]> {
  const parser = await loadParser();
  const statements = world.release.lists.migrate.flatMap((step) => step.statements);
  const targets = new Targets(parser, world.release.lists.migrate, new Map());
  const changes: ColumnChanges = {
    conversions: readConversions(parser, statements),
    isSet: (table, column) => targets.isConverted(splitName(table), column),
  };
  const aims = await world.aims();
  const own = aims.filter((aim) => aim.kind !== "partition" && !isOfParent(aim, aims, schemas));
  const later = findLaterAims(schemas, aims).filter((aim, _, all) => !isOfParent(aim, all, schemas));
  const evaluated = findEvaluatedColumns(parser, statements, schemas.before);

  return [
    ...own.map((aim) => askAim(aim, aims, schemas, changes)),
    ...later.map((aim) => askLater(aim, later, schemas, changes)),
    ...findValidatedAims(schemas).map((aim) => askValidated(aim, schemas)),
    ...findPartitionAims(schemas).map((aim) => askPartition(aim, aims, schemas, changes)),
    ...findAttachedLinks(schemas).map(askAttached),
    ...findDomainConditions(schemas, changes).map(askDomain),
    ...findEvaluatedExpressions(schemas, changes, evaluated).map(askExpression),
  ].filter((question) => question !== undefined);
}

function splitName(table: string): { readonly within: string; readonly name: string } {
  const [within = "", name = ""] = table.split(".");

  return { within, name };
}

/** True where a partition has it from the table that it is part of, whose rows are asked. */
function isOfParent(aim: Aim, all: readonly Aim[], schemas: Schemas): boolean {
  const table = pairTable(aim.table, schemas)?.before;
  const parents = schemas.before.tables.filter(({ oid }) => table?.isPartition === true && table.parents.includes(oid));

  return all.some(
    (other) =>
      other.kind === aim.kind &&
      parents.some((parent) => tableKey(parent) === other.table) &&
      String(listColumns(other, schemas)) === String(listColumns(aim, schemas)),
  );
}

function listColumns(aim: Aim, schemas: Schemas): readonly string[] {
  const pair = pairTable(aim.table, schemas);

  return pair === undefined ? [] : findAimColumns(aim, pair);
}

/** @returns undefined where a type takes all values of the old one, and where USING is computed */
function askAim(aim: Aim, aims: readonly Aim[], schemas: Schemas, changes: ColumnChanges): RowQuestion | undefined {
  const pair = pairTable(aim.table, schemas);
  const column = pair?.after.columns.find(({ name }) => name === aim.constraint);
  if (pair !== undefined && column !== undefined && aim.kind === "type") {
    if (areSame([column.number], pair) || findConversion(pair, column, changes) !== undefined) return undefined;
  }
  const assumption = assumeAim(aim, schemas) ?? assumeLater(aim, schemas, changes);

  return { ...describe(aim, aims, schemas), assumption, aims: [aim] };
}

function askLater(aim: Aim, all: readonly Aim[], schemas: Schemas, changes: ColumnChanges): RowQuestion {
  return { ...describe(aim, all, schemas), assumption: assumeLater(aim, schemas, changes), aims: [] };
}

/** True where all columns are added, and none of them is generated of others. */
function isOfAdded(aim: Aim, schemas: Schemas): boolean {
  const pair = pairTable(aim.table, schemas);
  if (pair === undefined) return false;
  const names = listColumns(aim, schemas);
  const columns = pair.after.columns.filter(({ name }) => names.includes(name));

  return columns.every(
    ({ number, generated }) => generated === "" && !pair.before.columns.some((column) => column.number === number),
  );
}

function askValidated(aim: Aim, schemas: Schemas): RowQuestion {
  const kind = aim.kind === "not-null" ? "NOT NULL of" : aim.kind === "check" ? "CHECK" : "foreign key";
  const reason = `the ${kind} ${aim.constraint} is validated`;

  return { ...describe(aim, [aim], schemas), reason, assumption: assumeAim(aim, schemas), aims: [], isEnforced: true };
}

/** A hash partition is known by the OID of its table, which is another one in each database. */
function askPartition(aim: Aim, aims: readonly Aim[], schemas: Schemas, changes: ColumnChanges): RowQuestion {
  const { expression = "", constraint } = aim;
  const pair = pairTable(aim.table, schemas);
  const assumption =
    pair === undefined || expression.includes("satisfies_hash_partition")
      ? undefined
      : assumeRows(expression, pair, changes);

  return {
    table: aim.table,
    subject: aim.table,
    reason: `the bound of the partition ${constraint} is another one`,
    assumption,
    aims: aims.filter(({ kind }) => kind === "partition"),
    matches: ({ error }) =>
      error.code === "23514" && isOf(error.message, constraint) && /partition/.test(error.message),
  };
}

function askAttached({ table, constraint, ...link }: AttachedLink): RowQuestion {
  return {
    ...link,
    table,
    subject: `${table}.${constraint}`,
    aims: [],
    matches: ({ error: { code, message } }) => code === "23503" && isOf(message, splitName(table).name),
  };
}

function isOf(message: string, name: string): boolean {
  return message.includes(`"${name}"`);
}

function askDomain({ table, column, ...domain }: DomainCondition): RowQuestion {
  return {
    ...domain,
    table,
    subject: `${table}.${column}`,
    aims: [],
    matches: ({ error: { code, message }, statement }) =>
      /^235(?:02|14)$/.test(code) &&
      (isOf(message, column) || (/\bdomain\b/.test(message) && mentions(statement.text, column))),
  };
}

function askExpression({ table, name, ...expression }: EvaluatedExpression): RowQuestion {
  return {
    ...expression,
    table,
    subject: `${table}.${name}`,
    aims: [],
    isEvaluated: true,
    matches: ({ error: { code }, statement: { node, text } }) =>
      /^(?:22|54)/.test(code) && /^(?:IndexStmt|AlterTableStmt)$/.test(node) && mentions(text, splitName(table).name),
  };
}

function describe(aim: Aim, all: readonly Aim[], schemas: Schemas): Omit<RowQuestion, "assumption" | "aims"> {
  return {
    isConstant: isOfAdded(aim, schemas),
    table: aim.table,
    subject: `${aim.table}.${aim.constraint}`,
    reason: describeAim(aim, schemas),
    matches: (failure) => {
      const cause = matchAim(failure, all);

      return cause !== undefined && nameAim(cause) === nameAim(aim);
    },
  };
}

function describeAim({ table, kind, constraint, columns }: Aim, schemas: Schemas): string {
  const isThere = [
    ...(pairTable(table, schemas)?.before.keys ?? []),
    ...(pairTable(table, schemas)?.before.foreignKeys ?? []),
  ].some(({ name }) => name === constraint);
  const change = isThere ? "checked again" : "added";
  switch (kind) {
    case "not-null":
      return `${columns[0] ?? constraint} becomes NOT NULL`;
    case "unique":
      return `the unique index ${constraint} is ${change}`;
    case "exclusion":
      return `the exclusion constraint ${constraint} is ${change}`;
    case "partition":
      return `the partition ${constraint} is added`;
    case "check":
      return `the CHECK ${constraint} is added`;
    case "foreign-key":
      return `the foreign key ${constraint} is ${change}`;
    case "type": {
      const now = pairTable(table, schemas)?.after.columns.find(({ name }) => name === constraint);

      return `${columns.join(", ")} becomes ${now?.typeName}`;
    }
  }
}
