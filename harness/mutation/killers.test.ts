import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readRelease } from "../release/read-release.ts";
import { makeRelease } from "../testing/example-release.ts";
import { acceptNoticed, expectationBy, noticedNow, readNoticed } from "./killers.ts";
import type { Mutant } from "./mutant.ts";
import type { Fate, Tried } from "./mutant-status.ts";

const folder = mkdtempSync(join(tmpdir(), "plumbline-noticed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const mutant = (id: string) => ({ id }) as Mutant;
const killed = (id: string, by: string): Tried => tried(id, { status: "killed", by, expected: "", got: "" });
const tried = (id: string, fate: Fate): Tried => ({ mutant: mutant(id), fate, durationMs: 1 });

describe("who noticed what", () => {
  const all = ["a", "b", "c", "d", "e"].map(mutant);

  test("what this run found out wins; of mutants that it did not try, what was known stays; those that are gone go", () => {
    const before = new Map([
      ["a", "C1"],
      ["b", "C1"],
      ["c", "C2"],
      ["gone", "C2"],
    ]);
    const run = [killed("a", "C3"), tried("b", { status: "survived", asked: [] }), killed("d", "C2")];

    expect(Object.fromEntries(noticedNow(all, run, before))).toEqual({ C2: ["c", "d"], C3: ["a"] });
  });

  test("it is asked before all others, and nobody is where nobody is known", () => {
    const noticed = new Map([["a", "C1"]]);

    expect(expectationBy(noticed, mutant("a"))?.get("C1")).toBeGreaterThan(1000);
    expect(expectationBy(noticed, mutant("b"))).toBeUndefined();
  });
});

describe("the file", async () => {
  const release = { ...(await makeRelease()), folder };
  const file = join(folder, "killers.json");

  test("what was accepted is read again, and a release without it knows nothing", async () => {
    expect(await readNoticed(release)).toEqual(new Map());
    const ids = Array.from({ length: 14 }, (_, index) => `${index}`.padStart(12, "0"));
    await acceptNoticed(
      release,
      ids.map(mutant),
      ids.map((id) => killed(id, "A1")),
    );

    expect(await readNoticed(release)).toEqual(new Map(ids.map((id) => [id, "A1"])));
    expect(
      readFileSync(file, "utf8")
        .split("\n")
        .every((line) => line.length <= 110),
    ).toBe(true);
  });

  test("one that is malformed is said to be", async () => {
    writeFileSync(file, '{ "A1": 7 }');
    await expect(readNoticed(release)).rejects.toMatchObject({ name: "HarnessError" });
  });
});

test("what is known of hardened names properties and mutants that there are", async () => {
  const { findMutants } = await import("./find-mutants.ts");
  const { loadSuite } = await import("../suite/load-suite.ts");
  const root = join(import.meta.dirname, "../..");
  const hardened = await readRelease(join(root, "sql/hardened"));
  const ids = new Set((await findMutants(hardened)).map(({ id }) => id));
  const properties = new Set(
    (await loadSuite(join(root, "properties/credits"))).properties.map(({ id }) => id),
  );

  for (const [id, property] of await readNoticed(hardened)) {
    expect(ids, id).toContain(id);
    expect(properties, property).toContain(property);
  }
});
