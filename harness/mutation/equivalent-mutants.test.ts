import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRelease } from "../testing/example-release.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { findMutants } from "./find-mutants.ts";
import { type EquivalentMutants, readEquivalents } from "./mutant-files.ts";

const folder = createTemporaryFolder();

const release = { ...(await makeRelease("UPDATE t SET a = 1 WHERE b > 2;")), folder };
const all = await findMutants(release);
const [mutant] = all;
const unknown = (count: number): string[] => Array.from({ length: count }, (_, at) => String(at).padStart(12, "0"));

async function readListed(...mutants: (string | undefined)[]): Promise<EquivalentMutants> {
  writeFileSync(join(folder, "equivalent-mutants.json"), JSON.stringify([{ mutants, because: "it is so" }]));

  return await readEquivalents(release, all);
}

test("each mutant has the reason of its entry", async () => {
  expect(await readListed(mutant?.id)).toEqual({ reasons: new Map([[mutant?.id, "it is so"]]), stale: [] });
});

test("ids without a mutant are stale", async () => {
  expect((await readListed(mutant?.id, ...unknown(20))).stale).toEqual(unknown(20));
  expect((await readListed(...unknown(3))).stale).toEqual(unknown(3));
});

test("many ids without one mutant are the file of another release", async () => {
  await expect(readListed(...unknown(20))).rejects.toThrow("lists 20 mutants, and example has none of them");
});

test("the former name of the file is refused, with the new one", async () => {
  writeFileSync(join(folder, "mutants.json"), "[]");
  await expect(readListed(mutant?.id)).rejects.toThrow("mutants.json is called equivalent-mutants.json now");
});
