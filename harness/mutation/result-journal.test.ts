import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRelease } from "../testing/example-release.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import type { MutantOutcome } from "./mutant.ts";
import { hashInputs, ResultJournal } from "./result-journal.ts";

const folder = createTemporaryFolder({ "code/a.ts": "1", "code/a.test.ts": "1" });
const killed: MutantOutcome = { status: "killed", property: "C1", reason: "1; but 2" };

test("a line that was cut off loses that outcome alone", () => {
  const file = join(folder, "cut.jsonl");
  ResultJournal.open(file, "key").add("one", killed);
  ResultJournal.open(file, "key").add("two", killed);
  // As a full disk or a killed process leaves it.
  writeFileSync(file, readFileSync(file, "utf8").slice(0, -5));
  ResultJournal.open(file, "key").add("three", killed);
  const again = ResultJournal.open(file, "key");

  expect(["one", "two", "three"].map((id) => again.get(id))).toEqual([killed, undefined, killed]);
});

test("outcomes of another key do not count", () => {
  const file = join(folder, "keys.jsonl");
  ResultJournal.open(file, "key").add("one", killed);

  expect(ResultJournal.open(file, "key").size).toBe(1);
  expect(ResultJournal.open(file, "other").size).toBe(0);
});

test("a folder that cannot be created is an error", () => {
  writeFileSync(join(folder, "file"), "");

  expect(() => ResultJournal.open(join(folder, "file", "mutants.jsonl"), "key")).toThrow(
    /cannot be recorded in .*(EEXIST|ENOTDIR)/,
  );
});

test("the key depends on the release, the options and the code, but not on its tests", async () => {
  const code = join(folder, "code");
  const [one, other] = [await makeRelease("SELECT 1"), await makeRelease("SELECT 2")];
  const key = await hashInputs(one, [code], [1]);

  expect(await hashInputs(one, [code], [1])).toBe(key);
  expect(await hashInputs(other, [code], [1])).not.toBe(key);
  expect(await hashInputs(one, [code], [2])).not.toBe(key);
  writeFileSync(join(code, "a.test.ts"), "2");
  expect(await hashInputs(one, [code], [1])).toBe(key);
  writeFileSync(join(code, "a.ts"), "2");
  expect(await hashInputs(one, [code], [1])).not.toBe(key);
});
