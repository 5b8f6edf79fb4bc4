/** Finds rows on which a recorded migration whose code reads rows is run again. */
import type { DatabaseProvider } from "../database/database-provider.ts";
import { codePath } from "../files/installation.ts";
import { loadModule } from "../files/load-module.ts";
import type { RowSet } from "../recording/record-variants.ts";
import type { Release } from "../release/release.ts";
import type { RowChoice, TestResources } from "../suite/test-resources.ts";
import { withResources } from "../suite/with-resources.ts";

/** What generates rows: the rules of any migration. */
const MODULE = "properties/migration/recorded-rows.ts";

/** They are the same in each run. */
const SEED = 1;

export async function findRecordedRows(
  release: Release,
  databases: DatabaseProvider,
  rows: RowChoice,
): Promise<readonly RowSet[]> {
  const { generateRowSets } = (await loadModule(codePath(MODULE))) as {
    readonly generateRowSets: (resources: TestResources) => Promise<readonly RowSet[]>;
  };

  return await withResources({ release, databases, seed: SEED, rows }, generateRowSets);
}
