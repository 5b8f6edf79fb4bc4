/**
 * The same seed gives the same verdicts, kinds, counterexamples and scripts.
 */
import { join } from "node:path";
import { expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import { splitKinds } from "../../harness/report/kinds.ts";
import { formatScript } from "../../harness/report/write-scripts.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { loadSuite } from "../../harness/suite/load-suite.ts";
import { runSuites } from "../../harness/suite/run-suite.ts";

test("the published release gives the same results twice", async () => {
  const suite = { ...(await loadSuite(import.meta.dirname)), questions: [] };
  const release = await readRelease(join(import.meta.dirname, "../../sql/published"));
  await using server = await startEmbedded();
  await using databases = new Databases(server);
  const run = async () => {
    const [results] = await runSuites([{ release, suite }], databases, { seed: 42 });

    return results?.properties.map((result) => ({
      ...result,
      durationMs: 0,
      scripts: splitKinds(result).map((one) => formatScript(release.name, one, "x.sql")),
    }));
  };

  expect(await run()).toEqual(await run());
}, 300_000);
