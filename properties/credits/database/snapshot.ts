/** Compares a database with an earlier snapshot of itself: the catalog, and the rows of the two tables. */
import {
  type CatalogDifference,
  compareCatalogs,
  describeDifferences,
  findLosses,
} from "../../../harness/catalog/difference.ts";
import type { Catalog } from "../../../harness/catalog/facts.ts";
import { formatInspection } from "../../../harness/catalog/inspection.ts";
import { readContents, type Snapshot, type SnapshotTable } from "../../../harness/catalog/snapshot.ts";
import { differenceEvidence } from "../../../harness/property/difference-evidence.ts";
import type { RecordedDatabase } from "../../../harness/property/recorded-database.ts";
import type { Violation } from "../../../harness/property/verdict.ts";
import { compareRows } from "../../migration/model/kept-rows.ts";
import type { CreditSchema } from "../model/credit-schema.ts";

const TABLES = ["organizations", "credit_actions"];

/** What is expected after a rollback that failed. */
export const FAILED_ROLLBACK = "the rollback failed, so nothing has changed";

/** The catalog, and the two tables without updated_at and without the volatile columns of organizations. */
export interface CreditSnapshot extends Pick<Snapshot, "catalog" | "tables">, Pick<CreditSchema, "volatile"> {}

export async function readCreditSnapshot(
  db: RecordedDatabase,
  { volatile }: Pick<CreditSchema, "volatile">,
): Promise<CreditSnapshot> {
  return { catalog: await db.catalog(), tables: await readTables(db, volatile), volatile };
}

async function readTables(db: RecordedDatabase, volatile: readonly string[]): Promise<readonly SnapshotTable[]> {
  const { tables } = await readContents(await db.database.observer());

  return tables
    .filter(({ name }) => TABLES.includes(name))
    .map((table) => omitColumns(table, table.name === "organizations" ? ["updated_at", ...volatile] : ["updated_at"]));
}

function omitColumns(table: SnapshotTable, names: readonly string[]): SnapshotTable {
  const isKept = table.columns.map(({ name }) => !names.includes(name));

  return {
    ...table,
    columns: table.columns.filter((_, at) => isKept[at]),
    rows: table.rows.map((row) => row.filter((_, at) => isKept[at])),
  };
}

/** Every difference between two snapshots. */
export function snapshotDifferences(before: CreditSnapshot, after: CreditSnapshot): readonly CatalogDifference[] {
  return [...compareCatalogs(before.catalog, after.catalog), ...compareRows(before, after)];
}

/** Catalog and rows are unchanged, and nothing was logged. */
export async function nothingChanged(
  db: RecordedDatabase,
  before: CreditSnapshot,
  expected: string,
): Promise<readonly Violation[] | undefined> {
  return (await sameCatalog(db, before.catalog, expected)) ?? (await sameRows(db, before, expected, { mayLog: false }));
}

/** The catalog is unchanged. */
export async function sameCatalog(
  db: RecordedDatabase,
  before: Catalog,
  expected: string,
): Promise<readonly Violation[] | undefined> {
  return differenceViolations(db, compareCatalogs(before, await db.catalog()), expected);
}

/** Nothing was removed from the catalog; additions are allowed. */
export async function nothingMissing(
  db: RecordedDatabase,
  before: Catalog,
  expected: string,
): Promise<readonly Violation[] | undefined> {
  return differenceViolations(db, findLosses(before, await db.catalog()), expected);
}

/**
 * Every value is unchanged in the columns of the snapshot. With `mayLog` new log rows are allowed. A
 * table that lost a column has changed its catalog: check that first.
 */
export async function sameRows(
  db: RecordedDatabase,
  before: CreditSnapshot,
  expected: string,
  { mayLog }: { readonly mayLog: boolean },
): Promise<readonly Violation[] | undefined> {
  const differences = compareRows(before, { tables: await readTables(db, before.volatile) });

  return differenceViolations(
    db,
    differences.filter(
      ({ kind, object }) => !mayLog || kind !== "added" || !isPartOf("row", "credit_actions ", object),
    ),
    expected,
  );
}

/** Whether an object of the catalog, or a row, is of this noun and belongs to the table, whose schema may need quotes. */
export function isPartOf(noun: "column" | "row", table: string, object: string): boolean {
  return new RegExp(`^${noun} (?:(?:"(?:[^"]|"")*"|[^" .]+)\\.)?${table}`).test(object);
}

/** A violation for each kind of object and of change, with all its differences; undefined where there is none. */
function differenceViolations(
  db: RecordedDatabase,
  differences: readonly CatalogDifference[],
  expected: string,
): readonly Violation[] | undefined {
  const kinds = [...new Set(differences.map(nameDifference))];
  const violations = kinds.flatMap((kind) => {
    const ofKind = differences.filter((difference) => nameDifference(difference) === kind);

    return differencesViolation(db, ofKind, expected) ?? [];
  });

  return violations.length === 0 ? undefined : violations;
}

/** Such as `column added`, `function grants changed`, `row removed`. */
function nameDifference({ kind, object, property = "" }: CatalogDifference): string {
  const [noun = ""] = /^[a-z]+(?: [a-z]+(?= [^ ]*[."(]))*/.exec(object) ?? [];

  return `${noun} ${property} ${kind}`;
}

/** The differences as one violation, which the first of them reproduces; undefined where there is none. */
export function differencesViolation(
  db: RecordedDatabase,
  differences: readonly CatalogDifference[],
  expected: string,
): Violation | undefined {
  const [first] = differences;

  return (
    first &&
    db.violation({
      kind: nameDifference(first),
      expected,
      got: describeDifferences(differences),
      show: formatInspection(first),
      evidence: differenceEvidence(first),
    })
  );
}
