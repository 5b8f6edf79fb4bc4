/**
 * A deadlock of which the server cancels the wrong side says nothing of a release: it is brought about anew, and where it
 * ends so each time, nothing is decided.
 */
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import { type Decided, decide } from "../../harness/property/check-property.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { releaseOf } from "./canaries/canary.ts";
import { survivesDeadlock } from "./traffic.property.ts";
import { CreditsContext } from "./world.ts";

const server = await startEmbedded();
const databases = new Databases(server);
const published = await readRelease(join(import.meta.dirname, "../../sql/published"));
const patient = await releaseOf(
  {
    property: survivesDeadlock.id,
    wrong: "the migration never looks for a deadlock",
    edits: [{ file: "3.1-data-migration.sql", replace: "DO $$", by: "SET deadlock_timeout = '1h';\nDO $$" }],
  },
  published,
);

const whole = await releaseOf(
  {
    property: survivesDeadlock.id,
    wrong: "tables are altered where the data is migrated",
    edits: [
      {
        file: "3.1-data-migration.sql",
        replace: "DO $$",
        by: "ALTER TABLE organizations ADD COLUMN IF NOT EXISTS more integer;\nDO $$",
      },
    ],
  },
  published,
);

afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test("who waits is not told where tables are altered in the same file", async () => {
  const world = new CreditsContext({ release: whole, databases });
  const { verdict, reason, blocked } = await decide(survivesDeadlock, world, {
    seed: 1,
    runs: 1,
    shrinksMax: 0,
  });
  await world.close();

  expect({ verdict, reason, blocked }).toEqual({
    verdict: "unknown",
    reason:
      "3.1-data-migration.sql alters tables besides migrating the data, which has to be a file of its own for this",
    blocked: undefined,
  });
});

/** What is decided of the published release, of which the migration never looks for a deadlock so many times. */
async function decidedAfter(times: number): Promise<Decided> {
  const world = new CreditsContext({ release: published, databases });
  let left = times;
  const [sound, never] = [world.dataStep, patient.migrate.at(-1)];
  Object.defineProperty(world, "dataStep", { get: () => (left-- > 0 ? never : sound) });

  try {
    return await decide(survivesDeadlock, world, { seed: 1, runs: 1, shrinksMax: 0 });
  } finally {
    await world.close();
  }
}

test("a deadlock that costs the application its transaction is brought about again", async () => {
  const { verdict, violation } = await decidedAfter(2);
  const told = violation?.script.map(({ sql }) => sql).join("");

  expect(verdict).toBe("violated");
  expect(violation?.expected).toBe("the two batches before it stay migrated");
  expect(told).toContain("window 2 (migration) goes on: ERROR: deadlock detected (SQLSTATE 40P01)");
  expect(told).not.toContain("deadlock_timeout");
}, 30_000);

test("nothing is decided where it costs the application its transaction each time", async () => {
  const { verdict, reason } = await decidedAfter(100);

  expect({ verdict, reason }).toEqual({
    verdict: "unknown",
    reason: expect.stringContaining("cancelled the application instead of the migration, 5 times in a row"),
  });
}, 30_000);
