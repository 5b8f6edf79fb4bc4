/**
 * A failing schedule shrinks to few sessions and steps, fails the same way each time, and has a spec that reproduces it.
 */
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import { checkProperty } from "../../harness/property/check-property.ts";
import { nameKind } from "../../harness/property/kind.ts";
import { listViolations, type Property } from "../../harness/property/property.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import { parseSpec } from "../../harness/schedule/parse-spec.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { loadSuite } from "../../harness/suite/load-suite.ts";
import { applyCanary } from "./canaries/canary.ts";
import { concurrencyCanaries } from "./canaries/concurrency.canaries.ts";
import type { CreditsContext } from "./world.ts";

const suite = await loadSuite(import.meta.dirname);
const server = await startEmbedded();
const databases = new Databases(server);

afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test.each(concurrencyCanaries)(
  "$property: three sessions and six steps show that $wrong, 20 times in 20",
  async (canary) => {
    const property = suite.properties.find(({ id }) => id === canary.property) as unknown as Property<CreditsContext>;
    const release = await applyCanary(canary, await readRelease(join(import.meta.dirname, "../../sql/hardened")));
    const context = suite.openContext({ release, databases }) as CreditsContext;

    try {
      const runs = property.caseKind === "once" ? 1 : 30;
      const {
        violation,
        counterexample,
        kinds = [],
      } = await checkProperty(property, context, {
        seed: 1,
        runs,
        shrinksMax: 150,
      });
      const { setup, sessions, permutations } = parseSpec(violation?.spec ?? "");
      const specs = new Set<string | undefined>();
      for (let run = 0; run < 20; run += 1) {
        const violations = listViolations(await property.holds(counterexample, context));
        const [same] = violations.filter((one) => nameKind(one) === kinds[0]?.kind);
        specs.add(same?.spec);
      }

      // The setup works on a database that an earlier run or the script has used.
      const session = await context.session();
      for (const sql of [...setup, ...setup]) {
        expect((await session.tryExecute(sql)).error).toBeUndefined();
      }
      expect(sessions.length).toBeLessThanOrEqual(3);
      expect(permutations[0]?.length).toBeLessThanOrEqual(6);
      expect([...specs]).toEqual([violation?.spec]);
    } finally {
      await context.close();
    }
  },
);
