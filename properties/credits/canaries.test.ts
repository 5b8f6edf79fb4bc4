/**
 * Whether the properties can fail: each canary is caught by the property that it names, and each property is named.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import { CrashServer } from "../../harness/fault/crash-server.ts";
import { type Decided, decide } from "../../harness/property/check-property.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { crashSafe } from "../../harness/server/settings.ts";
import { loadSuite } from "../../harness/suite/load-suite.ts";
import { defaultRuns } from "../../harness/suite/run-suite.ts";
import { type Canary, releaseOf } from "./canaries/canary.ts";

const SEED = 1;
const LANES = 3;
const folder = import.meta.dirname;
const suite = await loadSuite(folder);
const canaries = await loadCanaries(join(folder, "canaries"));
const sound = await readRelease(join(folder, "../../sql/hardened"));
const caught = new Map<Canary, Promise<Decided>>();

async function loadCanaries(from: string): Promise<readonly Canary[]> {
  const names = (await readdir(from)).filter((name) => name.endsWith(".canaries.ts")).sort();
  const modules = await Promise.all(
    names.map((name) => import(pathToFileURL(join(from, name)).href) as Promise<Record<string, Canary[]>>),
  );

  return modules.flatMap((module) => Object.values(module).flat());
}

const started = startEmbedded();
const databases = started.then((server) => new Databases(server));
const crashGround = new CrashServer(() => startEmbedded({ settings: crashSafe }));

beforeAll(async () => {
  const waiting = [...canaries];
  const lane = async (): Promise<void> => {
    for (let canary = waiting.shift(); canary !== undefined; canary = waiting.shift()) {
      const deciding = verdictOn(canary);
      caught.set(canary, deciding);
      // What went wrong is told by the canary's own test.
      await deciding.catch((error: unknown) => error);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}, 120_000);

afterAll(async () => {
  await crashGround[Symbol.asyncDispose]();
  await (await databases)[Symbol.asyncDispose]();
  await (await started)[Symbol.asyncDispose]();
});

async function verdictOn(canary: Canary): Promise<Decided> {
  const property = suite.properties.find(({ id }) => id === canary.property);
  if (property === undefined) {
    throw new Error(`There is no property ${canary.property}`);
  }
  const release = await releaseOf(canary, sound);
  const world = suite.openContext({ release, databases: await databases, crashServer: crashGround });
  const runs = defaultRuns(property);

  try {
    return await decide(property, world as never, { seed: SEED, runs, shrinksMax: 0 });
  } finally {
    await world.close();
  }
}

describe("a release is caught", () => {
  test.each(canaries)("$property: $wrong", async (canary) => {
    const { verdict, reason } = (await caught.get(canary)) ?? {};

    expect({ verdict, reason }).toEqual({ verdict: "violated", reason: undefined });
  });
});

test("every property has a canary", () => {
  const named = new Set(canaries.map(({ property }) => property));

  expect(suite.properties.map(({ id }) => id).filter((id) => !named.has(id))).toEqual([]);
});
