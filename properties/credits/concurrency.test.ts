/**
 * What a failing schedule is told by: few sessions and steps, the same each time it is played, and a spec that shows it.
 */
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import { decide } from "../../harness/property/check-property.ts";
import type { Property } from "../../harness/property/property.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import { parseSpec } from "../../harness/schedule/parse-spec.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { loadSuite } from "../../harness/suite/load-suite.ts";
import { releaseOf } from "./canaries/canary.ts";
import { concurrency } from "./canaries/concurrency.canaries.ts";
import type { CreditsContext } from "./world.ts";

const suite = await loadSuite(import.meta.dirname);
const server = await startEmbedded();
const databases = new Databases(server);

afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test.each(concurrency)(
  "$property: where $wrong, three sessions and six steps show it, 20 times in 20",
  async (canary) => {
    const property = suite.properties.find(
      ({ id }) => id === canary.property,
    ) as unknown as Property<CreditsContext>;
    const release = await releaseOf(
      canary,
      await readRelease(join(import.meta.dirname, "../../sql/hardened")),
    );
    const world = suite.openContext({ release, databases }) as CreditsContext;

    try {
      const runs = property.cost === "once" ? 1 : 30;
      const { violation, counterexample } = await decide(property, world, { seed: 1, runs, shrinksMax: 150 });
      const { setup, sessions, permutations } = parseSpec(violation?.spec ?? "");
      const told = new Set<string | undefined>();
      for (let run = 0; run < 20; run += 1) {
        told.add((await property.holds(counterexample, world))?.spec);
      }

      // It begins anew, whatever an earlier run or the script has left.
      const session = await world.session();
      for (const sql of [...setup, ...setup]) {
        expect((await session.attempt(sql)).refusal).toBeUndefined();
      }
      expect(sessions.length).toBeLessThanOrEqual(3);
      expect(permutations[0]?.length).toBeLessThanOrEqual(6);
      expect([...told]).toEqual([violation?.spec]);
    } finally {
      await world.close();
    }
  },
);
