/**
 * A deadlock whose victim is the application proves nothing about a release: it is caused again, and the verdict is
 * unknown where the application is the victim each time.
 */
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import { type CheckResult, checkProperty } from "../../harness/property/check-property.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { applyCanary, canary, replace } from "./canaries/canary.ts";
import { survivesDeadlock } from "./traffic.property.ts";
import { CreditsContext } from "./world.ts";

const server = await startEmbedded();
const databases = new Databases(server);
const published = await readRelease(join(import.meta.dirname, "../../sql/published"));
const data = "3.1-data-migration.sql";
const withoutDetection = await applyCanary(
  canary(
    survivesDeadlock.id,
    "the migration never checks for a deadlock",
    replace(data, "DO $$", "SET deadlock_timeout = '1h';\nDO $$"),
  ),
  published,
);
const altering = await applyCanary(
  canary(
    survivesDeadlock.id,
    "tables are altered where the data is migrated",
    replace(data, "DO $$", "ALTER TABLE organizations ADD COLUMN IF NOT EXISTS more integer;\nDO $$"),
  ),
  published,
);

afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test("a file that also alters tables is inconclusive", async () => {
  const context = new CreditsContext({ release: altering, databases });
  const { verdict, reason, blocked } = await checkProperty(survivesDeadlock, context, {
    seed: 1,
    runs: 1,
    shrinksMax: 0,
  });
  await context.close();

  expect({ verdict, reason, blocked }).toEqual({
    verdict: "unknown",
    reason:
      "3.1-data-migration.sql alters tables besides migrating the data, which has to be a file of its own for this",
    blocked: undefined,
  });
});

/** Checks the published release, whose migration does not check for a deadlock the first `times`. */
async function checkAfter(times: number): Promise<CheckResult> {
  const context = new CreditsContext({ release: published, databases });
  let left = times;
  const [published31, without31] = [context.dataStep, withoutDetection.lists.migrate.at(-1)];
  Object.defineProperty(context, "dataStep", { get: () => (left-- > 0 ? without31 : published31) });

  try {
    return await checkProperty(survivesDeadlock, context, { seed: 1, runs: 1, shrinksMax: 0 });
  } finally {
    await context.close();
  }
}

test("a deadlock whose victim is the application is caused again", async () => {
  const { verdict, violation } = await checkAfter(2);
  const script = violation?.script.map(({ sql }) => sql).join("");

  expect(verdict).toBe("violated");
  expect(violation?.expected).toBe("the two batches before it stay migrated");
  expect(script).toContain("window 2 (migration) goes on: ERROR: deadlock detected (SQLSTATE 40P01)");
  expect(script).not.toContain("deadlock_timeout");
}, 30_000);

test("the verdict is unknown where the application is the victim each time", async () => {
  const { verdict, reason } = await checkAfter(100);

  expect({ verdict, reason }).toEqual({
    verdict: "unknown",
    reason: expect.stringContaining("cancelled the application instead of the migration, 5 times in a row"),
  });
}, 30_000);
