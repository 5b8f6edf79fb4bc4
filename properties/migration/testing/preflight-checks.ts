import type { DatabaseProvider } from "../../../harness/database/database-provider.ts";
import type { MigrationChecks } from "../../../harness/preflight/check.ts";
import { makeStep } from "../../../harness/testing/example-release.ts";
import { findPreflightChecks } from "../preflight.ts";

/** What a migration of one step asks of the rows before it. */
export async function findChecksOf(databases: DatabaseProvider, before: string, up: string): Promise<MigrationChecks> {
  const endings: (() => Promise<void>)[] = [];
  const lists = { baseline: [await makeStep("before.sql", before)], migrate: [await makeStep("up.sql", up)] };
  const release = { name: "example", folder: "/", knownFailures: [], lists };
  try {
    return await findPreflightChecks({ release, databases, atEnd: (work) => void endings.push(work) });
  } finally {
    for (const end of endings) await end();
  }
}
