import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codePath, installation } from "../files/installation.ts";
import { readRelease } from "../release/read-release.ts";
import { loadSuite } from "../suite/load-suite.ts";
import { makeRelease } from "../testing/example-release.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { findMutants } from "./find-mutants.ts";
import type { Mutant, MutantOutcome, MutantResult } from "./mutant.ts";
import { mergeKillers, readKillers, updateKillers } from "./mutant-files.ts";

const mutant = (id: string) => ({ id }) as Mutant;
const result = (id: string, outcome: MutantOutcome): MutantResult => ({
  mutant: mutant(id),
  ...outcome,
  durationMs: 1,
});
const killed = (id: string, property: string) => result(id, { status: "killed", property });

test("a run replaces the killers of the mutants that it tested, and drops those without a mutant", () => {
  const before = new Map([
    ["a", "C1"],
    ["b", "C1"],
    ["c", "C2"],
    ["gone", "C2"],
  ]);
  const results = [
    killed("a", "C3"),
    result("b", { status: "survived" }),
    killed("d", "C2"),
    result("e", { status: "timeout", property: "C2" }),
    // While migrating.
    result("f", { status: "timeout" }),
  ];

  expect(Object.fromEntries(mergeKillers(["a", "b", "c", "d", "e", "f"].map(mutant), results, before))).toEqual({
    C2: ["c", "d", "e"],
    C3: ["a"],
  });
});

describe("killers.json", async () => {
  const release = { ...(await makeRelease()), folder: createTemporaryFolder() };
  const file = join(release.folder, "killers.json");

  test("is read as it was written, and optional", async () => {
    expect(await readKillers(release)).toEqual(new Map());
    const ids = Array.from({ length: 14 }, (_, index) => `${index}`.padStart(12, "0"));
    await updateKillers(
      release,
      ids.map(mutant),
      ids.map((id) => killed(id, "A1")),
    );

    expect(await readKillers(release)).toEqual(new Map(ids.map((id) => [id, "A1"])));
    const lines = readFileSync(file, "utf8").split("\n");
    expect(lines.every(({ length }) => length <= 110)).toBe(true);
  });

  test("is refused if it is malformed", async () => {
    writeFileSync(file, '{ "A1": 7 }');
    await expect(readKillers(release)).rejects.toMatchObject({ name: "HarnessError" });
  });

  test("is refused under its former name, with the new one", async () => {
    writeFileSync(join(release.folder, "noticed.json"), "{}");
    await expect(readKillers(release)).rejects.toMatchObject({
      name: "HarnessError",
      message: expect.stringContaining("noticed.json is called killers.json now"),
      remedy: expect.stringContaining("Rename it: mv "),
    });
  });
});

test("killers.json of hardened names existing properties and mutants", async () => {
  const hardened = await readRelease(join(installation.folder, "sql/hardened"));
  const ids = new Set((await findMutants(hardened)).map(({ id }) => id));
  const { properties } = await loadSuite(codePath("properties/credits"));
  const known = new Set(properties.map(({ id }) => id));
  const killers = await readKillers(hardened);

  expect([...killers.keys()].filter((id) => !ids.has(id))).toEqual([]);
  expect([...killers.values()].filter((id) => !known.has(id))).toEqual([]);
});
