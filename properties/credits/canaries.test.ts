/**
 * Every property can fail: the published release violates it, it kills a mutant of the hardened one, or it detects a
 * canary.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import { CrashServer } from "../../harness/fault/crash-server.ts";
import { findMutants } from "../../harness/mutation/find-mutants.ts";
import { readKillers } from "../../harness/mutation/mutant-files.ts";
import { checkProperty } from "../../harness/property/check-property.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { crashSafeSettings } from "../../harness/server/process/settings.ts";
import { loadSuite } from "../../harness/suite/load-suite.ts";
import { defaultRuns } from "../../harness/suite/run-suite.ts";
import { applyCanary, type Canary } from "./canaries/canary.ts";

const folder = import.meta.dirname;
const suite = await loadSuite(folder);
const canaries = await loadCanaries(join(folder, "canaries"));
const hardened = await readRelease(join(folder, "../../sql/hardened"));
const published = await readRelease(join(folder, "../../sql/published"));
const server = await startEmbedded();
const databases = new Databases(server);
const crashServer = new CrashServer(() => startEmbedded({ settings: crashSafeSettings }));

afterAll(async () => {
  await crashServer[Symbol.asyncDispose]();
  await databases[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function loadCanaries(from: string): Promise<readonly Canary[]> {
  const names = (await readdir(from)).filter((name) => name.endsWith(".canaries.ts")).sort();
  const modules = await Promise.all(
    names.map((name) => import(pathToFileURL(join(from, name)).href) as Promise<Record<string, Canary[]>>),
  );

  return modules.flatMap((module) => Object.values(module).flat());
}

test.concurrent.each(canaries)("$property detects that $wrong", async (canary) => {
  const property = suite.properties.find(({ id }) => id === canary.property);
  if (property === undefined) {
    throw new Error(`There is no property ${canary.property}`);
  }
  const release = await applyCanary(canary, hardened);
  const context = suite.openContext({ release, databases, crashServer });

  try {
    const options = { seed: 1, runs: defaultRuns(property), shrinksMax: 0, firstKindOnly: true };
    const { verdict, reason } = await checkProperty(property, context, options);

    expect({ verdict, reason }).toEqual({ verdict: "violated", reason: undefined });
  } finally {
    await context.close();
  }
});

test("every property has standing evidence that it can fail", async () => {
  const mutants = new Set((await findMutants(hardened)).map(({ id }) => id));
  const killers = [...(await readKillers(hardened))].flatMap(([mutant, property]) =>
    mutants.has(mutant) ? [property] : [],
  );
  // The test of the releases demands that the published one violates what its findings list.
  const violated = published.knownFailures.map(({ property }) => property);
  const evidence = new Set([...killers, ...violated, ...canaries.map(({ property }) => property)]);

  expect(
    suite.properties.map(({ id }) => id).filter((id) => !evidence.has(id)),
    "add a canary for these properties",
  ).toEqual([]);
});
