/** Compares a database with an earlier snapshot of itself: the catalog, and the rows of the two tables. */
import {
  type CatalogDifference,
  compareCatalogs,
  compareRows,
  describeDifferences,
  findLosses,
} from "../../../harness/catalog/difference.ts";
import type { Catalog } from "../../../harness/catalog/facts.ts";
import { formatInspection } from "../../../harness/catalog/inspection.ts";
import type { TableRows } from "../../../harness/catalog/rows.ts";
import { differenceEvidence } from "../../../harness/property/difference-evidence.ts";
import type { RecordedDatabase } from "../../../harness/property/recorded-database.ts";
import type { Violation } from "../../../harness/property/verdict.ts";

export interface DatabaseSnapshot {
  readonly catalog: Catalog;
  readonly organizations: TableRows;
  readonly actions: TableRows;
}

const ORGANIZATIONS = { key: ["id"], except: ["updated_at"] };

/** What is expected after a rollback that failed. */
export const FAILED_ROLLBACK = "the rollback failed, so nothing has changed";

export async function readSnapshot(db: RecordedDatabase): Promise<DatabaseSnapshot> {
  return {
    catalog: await db.catalog(),
    organizations: await db.rows("organizations", ORGANIZATIONS),
    actions: await db.rows("credit_actions", { key: ["id"] }),
  };
}

/** Every difference between two snapshots. */
export function snapshotDifferences(before: DatabaseSnapshot, after: DatabaseSnapshot): CatalogDifference[] {
  return [
    ...compareCatalogs(before.catalog, after.catalog),
    ...compareRows(before.organizations, after.organizations),
    ...compareRows(before.actions, after.actions),
  ];
}

/** Catalog and rows are unchanged, and nothing was logged. */
export async function nothingChanged(
  db: RecordedDatabase,
  before: DatabaseSnapshot,
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
 * Every value is unchanged in the columns of the snapshot, except updated_at. With `mayLog` new log rows are allowed. A
 * table that lost a column has changed its catalog: check that first.
 */
export async function sameRows(
  db: RecordedDatabase,
  before: DatabaseSnapshot,
  expected: string,
  { mayLog }: { readonly mayLog: boolean },
): Promise<readonly Violation[] | undefined> {
  const organizations = await db.rows("organizations", {
    ...ORGANIZATIONS,
    only: before.organizations.columns,
  });
  const actions = await db.rows("credit_actions", { key: ["id"], only: before.actions.columns });
  const logged = compareRows(before.actions, actions).filter(({ kind }) => !mayLog || kind !== "added");

  return differenceViolations(db, [...compareRows(before.organizations, organizations), ...logged], expected);
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
