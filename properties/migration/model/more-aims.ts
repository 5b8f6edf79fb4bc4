/** What a migration asks of rows that no generated row is aimed at, as a constraint of the schema after (pure). */
import type { Aim } from "../../../harness/rows/directed.ts";
import { findMentionedColumns, tableKey } from "../../../harness/rows/schema-model.ts";
import { findKeyColumns } from "../../../harness/rows/unique-keys.ts";
import { areSame, type Schemas, type TablePair } from "./assumption.ts";

/** Constraints of columns that are added, and those that are checked again since a column is converted. */
export function findLaterAims(schemas: Schemas, known: readonly Aim[]): readonly Aim[] {
  return listPairs(schemas).flatMap((pair): readonly Aim[] => {
    const { before, after } = pair;
    const aim = { table: tableKey(before), columns: [] };
    const isConverted = (names: readonly string[]) => names.some((name) => isColumnConverted(name, pair));
    const added = after.columns.filter(
      ({ number, notNull, identity, sequence, generated, default: value }) =>
        !before.columns.some((column) => column.number === number) &&
        notNull &&
        identity === "" &&
        sequence === null &&
        (value === null || generated !== ""),
    );
    const keys = after.keys.filter(
      (key) =>
        isAdded(key, before.keys) || isConverted([...findKeyColumns(key, after), ...mention(key.predicate, pair)]),
    );
    const exclusions = after.exclusions.filter(
      (one) =>
        isAdded(one, before.exclusions) ||
        isConverted([...one.expressions, one.predicate ?? ""].flatMap((sql) => mention(sql, pair))),
    );
    const links = after.foreignKeys.filter(
      (link) =>
        isAdded(link, before.foreignKeys) ||
        !areSame(
          link.columns.filter((number) => isOld(number, pair)),
          pair,
        ),
    );
    const all: readonly Aim[] = [
      ...added.map(({ name }) => ({ ...aim, kind: "not-null" as const, constraint: name })),
      ...keys.map(({ name }) => ({ ...aim, kind: "unique" as const, constraint: name })),
      ...exclusions.map(({ name }) => ({ ...aim, kind: "exclusion" as const, constraint: name })),
      ...links.map(({ name }) => ({ ...aim, kind: "foreign-key" as const, constraint: name })),
    ];

    return all.filter((one) => !known.some((other) => nameAim(other) === nameAim(one)));
  });
}

/** Constraints that were there, and that all rows must meet from now on. */
export function findValidatedAims(schemas: Schemas): readonly Aim[] {
  return listPairs(schemas).flatMap(({ before, after }): readonly Aim[] => {
    const table = tableKey(before);
    const isValidated = (one: Validated, all: readonly Validated[]): boolean =>
      one.validated && all.some(({ name, validated }) => name === one.name && !validated);
    const checks = after.checks.filter((check) => isValidated(check, before.checks));
    const links = after.foreignKeys.filter((link) => isValidated(link, before.foreignKeys));

    const filled = before.columns.filter(
      (old) =>
        old.mayHoldNull && after.columns.some((now) => now.number === old.number && now.notNull && !now.mayHoldNull),
    );

    return [
      ...filled.map(({ name }): Aim => ({ table, kind: "not-null", constraint: name, columns: [name] })),
      ...checks.map(
        ({ name, expression }): Aim => ({ table, kind: "check", constraint: name, columns: [], expression }),
      ),
      ...links.map(({ name, columns: numbers }): Aim => {
        const columns = numbers.flatMap((number) => before.columns.find((one) => one.number === number)?.name ?? []);

        return { table, kind: "foreign-key", constraint: name, columns };
      }),
    ];
  });
}

/** Tables whose rows a partition takes or gives up: its bound, or that of the default partition, is another one. */
export function findPartitionAims(schemas: Schemas): readonly Aim[] {
  const changed = listPairs(schemas).filter(
    ({ before, after }) =>
      after.partitionConstraint !== null && after.partitionConstraint !== before.partitionConstraint,
  );

  return changed
    .filter(({ after }) => !changed.some((other) => after.parents.includes(other.after.oid)))
    .map(({ before, after }) => ({
      table: tableKey(before),
      kind: "partition",
      constraint: after.name,
      columns: [],
      expression: after.partitionConstraint ?? "",
    }));
}

interface Validated {
  readonly name: string;
  readonly validated: boolean;
}

/** The same for two aims at one constraint. */
export function nameAim({ table, kind, constraint }: Aim): string {
  return `${table} ${kind} ${constraint}`;
}

export function listPairs(schemas: Schemas): readonly TablePair[] {
  return schemas.before.tables.flatMap((before) => {
    const after = schemas.after.tables.find(({ oid }) => oid === before.oid);

    return after === undefined ? [] : [{ before, after, schemas }];
  });
}

function isAdded({ name }: { readonly name: string }, before: readonly { readonly name: string }[]): boolean {
  return !before.some((one) => one.name === name);
}

function isOld(number: number, { before }: TablePair): boolean {
  return before.columns.some((column) => column.number === number);
}

function isColumnConverted(name: string, pair: TablePair): boolean {
  const column = pair.after.columns.find((one) => one.name === name);

  return column !== undefined && isOld(column.number, pair) && !areSame([column.number], pair);
}

function mention(sql: string | null, { after }: TablePair): readonly string[] {
  return findMentionedColumns(sql ?? "", after);
}
