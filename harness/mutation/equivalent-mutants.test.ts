import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { makeRelease } from "../testing/example-release.ts";
import { type EquivalentMutants, readEquivalents } from "./equivalent-mutants.ts";
import { findMutants } from "./find-mutants.ts";

const folder = mkdtempSync(join(tmpdir(), "plumbline-equivalents-"));
afterAll(() => rmSync(folder, { recursive: true }));

const release = { ...(await makeRelease("UPDATE t SET a = 1 WHERE b > 2;")), folder };
const all = await findMutants(release);
const [mutant] = all;
const strangers = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => String(at).padStart(12, "0"));

async function reading(...mutants: (string | undefined)[]): Promise<EquivalentMutants> {
  writeFileSync(join(folder, "equivalent-mutants.json"), JSON.stringify([{ mutants, because: "it is so" }]));

  return await readEquivalents(release, all);
}

test("the reason is told of each", async () => {
  expect(await reading(mutant?.id)).toEqual({ reasons: new Map([[mutant?.id, "it is so"]]), stale: [] });
});

test("mutants that are gone are told as stale", async () => {
  expect((await reading(mutant?.id, ...strangers(20))).stale).toEqual(strangers(20));
  expect((await reading(...strangers(3))).stale).toEqual(strangers(3));
});

test("where all are strangers, and many, the file is", async () => {
  await expect(reading(...strangers(20))).rejects.toThrow("names 20 mutants, and example has none of them");
});
