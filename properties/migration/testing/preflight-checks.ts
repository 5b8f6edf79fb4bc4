import { expect } from "vitest";
import type { DatabaseProvider } from "../../../harness/database/database-provider.ts";
import type { Session } from "../../../harness/database/session.ts";
import type { MigrationChecks, PreflightCheck } from "../../../harness/preflight/check.ts";
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

/** A number of rows, or that a row makes the query fail as it makes the migration fail. */
type Count = number | "fails";

/** The state before, rows, up, what repairs the rows, and the numbers of rows that break the required conditions. */
export type RefusalCase = readonly [before: string, rows: string, up: string, repair: string, counts: readonly Count[]];

async function countRequired(session: Session, checks: readonly PreflightCheck[]): Promise<readonly Count[]> {
  const counts: Count[] = [];
  for (const { isRequired, isEvaluated = false, count, values } of checks) {
    const { rows, error } = await session.tryExecute(count);
    const { error: unseen } = await session.tryExecute(values);
    const isRaised = isEvaluated && error?.code.startsWith("22") === true;
    if ((error !== undefined || unseen !== undefined) && !isRaised) throw new Error(`${error?.message} in ${count}`);
    if (isRequired) counts.push(isRaised ? "fails" : Number(rows[0]?.[0]));
  }

  return counts;
}

/** Expects that up fails while the required conditions count rows, and succeeds once these are repaired. */
export async function expectCounted(
  databases: DatabaseProvider,
  [before, rows, up, repair, counts]: RefusalCase,
): Promise<void> {
  const { checks, unasked } = await findChecksOf(databases, before, up);
  await using database = await databases.clone({
    parts: [before, rows],
    build: async (session) => void (await session.query(`${before};${rows}`)),
  });
  const session = await database.connect();
  const isRefused = counts.some((count) => count !== 0);

  expect(unasked).toEqual([]);
  expect(await countRequired(session, checks)).toEqual(counts);
  expect((await session.tryAndRollBack([up])).error !== undefined).toBe(isRefused);
  await session.query(repair);
  expect(await countRequired(session, checks)).toEqual(counts.map(() => 0));
  expect((await session.tryAndRollBack([up])).error).toBeUndefined();
}
