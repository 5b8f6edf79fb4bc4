/** Compares the verdicts on the releases in memory with those of PostgreSQL. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "../../harness/cli.ts";
import type { DatabaseProvider } from "../../harness/database/database-provider.ts";
import { Databases } from "../../harness/database/databases.ts";
import { findReleases, readRelease } from "../../harness/release/read-release.ts";
import { splitStatements } from "../../harness/release/split-statements.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { openMemory } from "../../harness/server/memory/memory.ts";
import { loadSuite } from "../../harness/suite/load-suite.ts";
import { runSuites } from "../../harness/suite/run-suite.ts";

const SEED = 42;
const folder = import.meta.dirname;
const suite = await loadSuite(folder);
const releases = await Promise.all((await findReleases(join(folder, "../../sql"))).map((found) => readRelease(found)));

test("a verdict in memory is PostgreSQL's, and the constraints are decided on both releases", async () => {
  const { databases: memory } = await openMemory();
  await using server = await startEmbedded();
  await using databases = new Databases(server);
  const run = async (provider: DatabaseProvider, properties: typeof suite.properties) => {
    const subjects = releases.map((release) => ({ release, suite: { ...suite, properties, questions: [] } }));
    const results = await runSuites(subjects, provider, { seed: SEED });

    return results.flatMap(({ name, properties }) => properties.map((result) => ({ release: name, ...result })));
  };
  const all = await run(memory, suite.properties);
  const decided = all.filter(({ verdict }) => verdict !== "unknown");
  const ids = decided.map(({ id }) => id);
  const right = await run(
    databases,
    suite.properties.filter(({ id }) => ids.includes(id)),
  );

  for (const { release, id, verdict, runs } of decided) {
    const result = right.find((each) => each.release === release && each.id === id);
    expect({ release, id, verdict, runs }).toEqual({
      release,
      id,
      verdict: result?.verdict,
      runs: result?.runs,
    });
  }
  expect(decided.map(({ release, id, verdict }) => `${release} ${id} ${verdict}`)).toEqual(
    expect.arrayContaining([
      "phase-3.5-hardened S1 held",
      "phase-3.5-hardened S1-sound held",
      "phase-3.5-hardened S2 held",
      "phase-3.5-published S1 violated",
      "phase-3.5-published S2 held",
    ]),
  );
  for (const { verdict, reason, blocked } of all) {
    if (verdict !== "unknown") continue;
    expect(reason).toMatch(/^memory cannot decide: .|^this server cannot be crashed$/);
    expect(blocked).toBeUndefined();
  }
  // It runs the whole suite twice.
}, 180_000);

test("verify in memory exits with 0 where every violation is a known failure", async () => {
  expect(await main(["verify", "--server", "memory", "--only", "S1,S2", "--seed", "1", "--quiet"])).toBe(0);
});

test.each([
  ["total_credits INTEGER", "total_credits INTEGER CHECK (total_credits > 0)", "of a schema that asks for more"],
  ["name TEXT NOT NULL", "name TEXT NOT NULL, slug TEXT NOT NULL", "a row without its key or a value that it needs"],
])("where %s is %s memory decides nothing, and accuses no release", async (from, to, reason) => {
  const { databases: memory } = await openMemory();
  const subjects = await Promise.all(
    releases.map(async (release) => {
      const baseline = await Promise.all(
        release.lists.baseline.map(async (step) => {
          const source = step.source.replace(from, to);
          return { ...step, source, statements: await splitStatements(source, step.file) };
        }),
      );
      const properties = suite.properties.filter(({ id }) => /^S[12]/.test(id));
      const lists = { ...release.lists, baseline };
      return { release: { ...release, lists }, suite: { ...suite, properties, questions: [] } };
    }),
  );
  const results = (await runSuites(subjects, memory, { seed: SEED })).flatMap(({ properties }) => properties);

  expect(results.length).toBeGreaterThan(4);
  for (const result of results) {
    expect(result).toMatchObject({ verdict: "unknown", reason: expect.stringContaining(reason) });
  }
});
