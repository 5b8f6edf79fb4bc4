/** Both releases are verified on schemas that are unlike the document's: what holds there holds here too. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import type { Server } from "../../harness/database/server.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import type { Release } from "../../harness/release/release.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { loadSuite } from "../../harness/suite/load-suite.ts";
import { runSuites } from "../../harness/suite/run-suite.ts";
import { createTemporaryFolder } from "../../harness/testing/temporary-directory.ts";

const folder = import.meta.dirname;
const all = await loadSuite(folder);
/** At least one property for each way in which properties use the tables. */
const IDS = [
  "S1",
  "S2",
  "S3",
  "A1",
  "A5",
  "C1",
  "C3",
  "K2",
  "M1",
  "M4",
  "M4-steps",
  "R2",
  "R5",
  "L2",
  "X1",
  "X3",
  "V1",
  "V2",
];
const suite = { ...all, properties: all.properties.filter(({ id }) => IDS.includes(id)), questions: [] };

let server: Server;

beforeAll(async () => {
  server = await startEmbedded();
});

afterAll(async () => await server[Symbol.asyncDispose]());

/** The release on another baseline. */
async function onBaseline(release: string, baseline: string): Promise<Release> {
  const file = join(folder, "testing/baselines", `${baseline}.sql`);
  const manifest = { name: baseline, baseline: [file], migrate: [file] };
  const scratch = createTemporaryFolder({ "release.json": JSON.stringify(manifest) });
  const { lists } = await readRelease(scratch);
  const found = await readRelease(join(folder, "../../sql", release));

  return { ...found, lists: { ...found.lists, baseline: lists.baseline } };
}

async function verify(release: Release): Promise<Record<string, string>> {
  await using databases = new Databases(server);
  const [result] = await runSuites([{ release, suite }], databases, { seed: 1, runs: 6 });

  return Object.fromEntries(
    (result?.properties ?? []).map(({ id, verdict, reason, violation }) => [
      id,
      verdict === "held" ? verdict : `${verdict}: ${reason ?? violation?.got}`,
    ]),
  );
}

const held = Object.fromEntries(IDS.map((id) => [id, "held"]));

describe.each(["agency", "dumped", "ledger", "tenant"])("on the baseline %s", (baseline) => {
  test("the hardened release holds", async () => {
    expect(await verify(await onBaseline("hardened", baseline))).toEqual(held);
  }, 120_000);
});

// On the others its calls with an enum of plans fail, and most rules with them.
describe.each(["agency", "dumped"])("on the baseline %s", (baseline) => {
  test("the published release breaks what it breaks on its own baseline, and nothing is undecided", async () => {
    const verdicts = await verify(await onBaseline("published", baseline));

    expect(Object.entries(verdicts).filter(([, verdict]) => verdict.startsWith("unknown"))).toEqual([]);
    for (const id of ["S1", "C3", "L2", "X1"])
      expect([id, verdicts[id]]).toEqual([id, expect.stringMatching(/^violated/)]);
    for (const id of ["A1", "C1", "M4-steps"]) expect([id, verdicts[id]]).toEqual([id, "held"]);
  }, 120_000);
});
