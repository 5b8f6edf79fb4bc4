/**
 * The properties of each release in `sql/` hold, except for its known failures.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkKnownFailures } from "../../harness/commands/check-known-failures.ts";
import { Databases } from "../../harness/database/databases.ts";
import type { Server } from "../../harness/database/server.ts";
import { CrashServer } from "../../harness/fault/crash-server.ts";
import type { ReleaseResult } from "../../harness/property/verdict.ts";
import { findReleases, readRelease } from "../../harness/release/read-release.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { crashSafeSettings } from "../../harness/server/process/settings.ts";
import { loadReleaseSuite, loadSuite } from "../../harness/suite/load-suite.ts";
import { runSuites } from "../../harness/suite/run-suite.ts";

const folder = import.meta.dirname;
const suite = await loadSuite(folder);
const releases = await Promise.all((await findReleases(join(folder, "../../sql"))).map((found) => readRelease(found)));

let server: Server;
let results: readonly ReleaseResult[];

beforeAll(async () => {
  server = await startEmbedded();
  await using databases = new Databases(server);
  await using crashServer = new CrashServer(() => startEmbedded({ settings: crashSafeSettings }));
  results = await runSuites(
    releases.map((release) => ({ release, suite })),
    databases,
    { seed: 42, crashServer },
  );
}, 300_000);
afterAll(async () => await server[Symbol.asyncDispose]());

test("there is a release that should ship, and one that should not", () => {
  expect(releases.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["phase-3.5-hardened", "phase-3.5-published"]),
  );
});

describe.each(releases)("$name", (release) => {
  const { name, knownFailures } = release;

  test.each(suite.properties)("$id: $title", ({ id }) => {
    const result = results.find((one) => one.name === name)?.properties.find((property) => property.id === id);
    const { verdict, expected, reason, counterexample, violation, kinds, staleKinds } = result ?? {};

    expect(
      { verdict, expected, reason },
      `${JSON.stringify({ counterexample, staleKinds, kinds: kinds?.map(({ kind }) => kind) })}: ${violation?.expected}; ${violation?.got}`,
    ).toEqual({
      verdict: knownFailures.some(({ property }) => property === id) ? "violated" : "held",
      expected: true,
      reason: undefined,
    });
  });

  test("no property has values of its cases in the names of its kinds", () => {
    const properties = results.find((one) => one.name === name)?.properties ?? [];

    expect(properties.filter(({ isCut }) => isCut === true).map(({ id }) => id)).toEqual([]);
  });

  test("the known failures are properties that exist", async () => {
    const ids = (await loadReleaseSuite(release)).properties.map(({ id }) => id);

    expect(() => checkKnownFailures(release, "property", ids)).not.toThrow();
  });

  test("every open question has an answer with figures", () => {
    const answers = results.find((result) => result.name === name)?.questions ?? [];

    expect(answers.map(({ id }) => id)).toEqual(suite.questions.map(({ id }) => id));
    for (const { id, answer, figures } of answers) {
      expect(Object.values(figures).every(Number.isFinite), `${id}: ${answer}`).toBe(true);
      expect(Object.keys(figures), `${id}: ${answer}`).not.toEqual([]);
    }
  });
});
