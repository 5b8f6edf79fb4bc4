/**
 * The releases in memory: every verdict that memory gives is the one that PostgreSQL gives, and what it cannot run is
 * unknown, with the statement.
 */
import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "../../harness/cli.ts";
import { Databases } from "../../harness/database/databases.ts";
import { findReleases } from "../../harness/release/find-releases.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { openMemory } from "../../harness/server/memory/memory.ts";
import { loadSuite } from "../../harness/suite/load-suite.ts";
import { survey } from "../../harness/suite/run-suite.ts";

const SEED = 42;
const folder = import.meta.dirname;
const suite = await loadSuite(folder);
const releases = await Promise.all(
  (await findReleases(join(folder, "../../sql"))).map((found) => readRelease(found)),
);

test("every verdict of memory's is PostgreSQL's, and the constraints of a sound release are decided", async () => {
  const { databases: memory } = await openMemory();
  await using server = await startEmbedded();
  await using databases = new Databases(server);
  const inMemory = await survey(releases, suite, memory, { seed: SEED });
  const all = inMemory.flatMap(({ name, properties }) => properties.map((result) => ({ name, ...result })));
  const decided = all.filter(({ verdict }) => verdict !== "unknown");
  const ids = new Set(decided.map(({ id }) => id));
  const properties = suite.properties.filter(({ id }) => ids.has(id));
  const onServer = await survey(releases, { ...suite, properties, questions: [] }, databases, { seed: SEED });

  for (const { name, id, verdict, runs } of decided) {
    const theirs = onServer
      .find((release) => release.name === name)
      ?.properties.find((result) => result.id === id);
    expect({ name, id, verdict, runs }).toEqual({ name, id, verdict: theirs?.verdict, runs: theirs?.runs });
  }
  const held = decided.filter(({ name, verdict }) => name === "phase-3.5-hardened" && verdict === "held");
  expect(held.map(({ id }) => id)).toEqual(expect.arrayContaining(["S1", "S1-sound", "S2"]));
  expect(decided.map(({ name, id, verdict }) => [name, id, verdict])).toContainEqual([
    "phase-3.5-published",
    "S1",
    "violated",
  ]);
  for (const { verdict, reason, blocked } of all) {
    if (verdict !== "unknown") continue;
    expect(reason).toMatch(/^memory cannot tell: .|^this server cannot be crashed$/);
    expect(blocked).toBeUndefined();
  }
});

test("verify in memory succeeds where nothing is broken that the ledger does not know", async () => {
  expect(await main(["verify", "--server", "memory", "--only", "S1,S2", "--seed", "1", "--quiet"])).toBe(0);
});
