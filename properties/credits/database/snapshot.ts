/**
 * Whether a stage's database is as it was: its catalog, and the rows of the two tables.
 */
import { describe } from "../../../harness/catalog/describe.ts";
import {
  type Difference,
  differenceOf,
  missingFrom,
  rowDifferences,
} from "../../../harness/catalog/difference.ts";
import type { Catalog } from "../../../harness/catalog/facts.ts";
import { showing } from "../../../harness/catalog/inspection.ts";
import type { Rows } from "../../../harness/catalog/rows.ts";
import type { Violation } from "../../../harness/property/verdict.ts";
import type { Stage } from "../../../harness/release/recorded-database.ts";

/** A database at one moment. */
export interface Snapshot {
  readonly catalog: Catalog;
  readonly organizations: Rows;
  readonly actions: Rows;
}

const ORGANIZATIONS = { key: ["id"], except: ["updated_at"] };

export async function takeSnapshot(stage: Stage): Promise<Snapshot> {
  return {
    catalog: await stage.catalog(),
    organizations: await stage.rows("public.organizations", ORGANIZATIONS),
    actions: await stage.rows("public.credit_actions", { key: ["id"] }),
  };
}

/** What is promised of a rollback that fails. */
export const FAILED_ROLLBACK = "the rollback failed, so nothing has changed";

/** Catalog and rows are as they were, and nothing was logged. */
export async function nothingChanged(
  stage: Stage,
  before: Snapshot,
  expected: string,
): Promise<Violation | undefined> {
  return (
    (await sameCatalog(stage, before.catalog, expected)) ??
    (await sameRows(stage, before, expected, { mayLog: false }))
  );
}

/** The catalog is exactly as it was. */
export async function sameCatalog(
  stage: Stage,
  before: Catalog,
  expected: string,
): Promise<Violation | undefined> {
  return differencesViolation(stage, differenceOf(before, await stage.catalog()), expected);
}

/** All that was in the catalog is still there. */
export async function nothingMissing(
  stage: Stage,
  before: Catalog,
  expected: string,
): Promise<Violation | undefined> {
  return differencesViolation(stage, missingFrom(before, await stage.catalog()), expected);
}

/**
 * Every value that the tables had is still there, in the columns that there were, but for updated_at. Rows that were
 * added to the log are no difference, unless none may be. A table that has lost one of its columns has changed its
 * catalog: that is to be asked first.
 */
export async function sameRows(
  stage: Stage,
  before: Snapshot,
  expected: string,
  { mayLog }: { readonly mayLog: boolean },
): Promise<Violation | undefined> {
  const organizations = await stage.rows("public.organizations", {
    ...ORGANIZATIONS,
    only: before.organizations.columns,
  });
  const actions = await stage.rows("public.credit_actions", { key: ["id"], only: before.actions.columns });
  const logged = rowDifferences(before.actions, actions).filter(({ kind }) => !mayLog || kind !== "added");

  return differencesViolation(
    stage,
    [...rowDifferences(before.organizations, organizations), ...logged],
    expected,
  );
}

/** The differences as a violation, shown by the first of them; none is no violation. */
export function differencesViolation(
  stage: Stage,
  differences: readonly Difference[],
  expected: string,
): Violation | undefined {
  const [first] = differences;

  return first === undefined
    ? undefined
    : stage.violation({ expected, got: describe(differences), show: showing(first) });
}
