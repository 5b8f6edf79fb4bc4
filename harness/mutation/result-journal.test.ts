import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Fate } from "./mutant-status.ts";
import { Kept } from "./result-journal.ts";

const folder = mkdtempSync(join(tmpdir(), "plumbline-kept-"));
const killed: Fate = { status: "killed", by: "C1", expected: "", got: "" };

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a line that was cut off costs that mutant and no other", () => {
  const file = join(folder, "cut.jsonl");
  Kept.open(file, "key").add("one", killed);
  Kept.open(file, "key").add("two", killed);
  // As a full disk or a killed process leaves it.
  writeFileSync(file, readFileSync(file, "utf8").slice(0, -5));
  Kept.open(file, "key").add("three", killed);
  const again = Kept.open(file, "key");

  expect(["one", "two", "three"].map((id) => again.fateOf(id)?.status)).toEqual([
    "killed",
    undefined,
    "killed",
  ]);
});

test("what was found out under another key does not count, and the last line of a mutant does", () => {
  const file = join(folder, "keys.jsonl");
  const kept = Kept.open(file, "key");
  kept.add("one", killed);
  kept.add("one", { ...killed, second: { by: "C2" } });

  expect(Kept.open(file, "key").fateOf("one")).toEqual({ ...killed, second: { by: "C2" } });
  expect(Kept.open(file, "other").count).toBe(0);
});

test("a folder that cannot be made is told", () => {
  writeFileSync(join(folder, "file"), "");

  expect(() => Kept.open(join(folder, "file", "mutants.jsonl"), "key")).toThrow(
    /cannot be kept in .*(EEXIST|ENOTDIR)/,
  );
});
