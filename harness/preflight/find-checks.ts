/** Finds what migrations ask of the rows, by trying them on generated rows. */
import type { DatabaseProvider } from "../database/database-provider.ts";
import { codePath } from "../files/installation.ts";
import { loadModule } from "../files/load-module.ts";
import type { Release } from "../release/release.ts";
import type { TestResources } from "../suite/test-resources.ts";
import { withResources } from "../suite/with-resources.ts";
import type { MigrationChecks } from "./check.ts";

/** What knows which rows a migration refuses: the rules of any migration. */
const MODULE = "properties/migration/preflight.ts";

/** @throws HarnessError for a migration that fails on empty tables */
export async function findChecks(
  releases: readonly Release[],
  databases: DatabaseProvider,
  seed: number,
): Promise<readonly MigrationChecks[]> {
  const { findPreflightChecks } = (await loadModule(codePath(MODULE))) as {
    readonly findPreflightChecks: (resources: TestResources) => Promise<MigrationChecks>;
  };
  const all: MigrationChecks[] = [];
  for (const release of releases) {
    all.push(await withResources({ release, databases, seed }, findPreflightChecks));
  }

  return all;
}
