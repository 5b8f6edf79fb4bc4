import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HarnessError } from "../errors.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { requireWritable, writeAtomically } from "./write-file.ts";

let folder: string;
beforeEach(async () => {
  folder = createTemporaryFolder();
});
afterEach(async () => {
  vi.restoreAllMocks();
});

async function refusalOf(file: string): Promise<HarnessError> {
  try {
    await writeAtomically(file, "text");
  } catch (error) {
    if (error instanceof HarnessError) return error;
    throw error;
  }
  throw new Error(`${file} was written`);
}

test("an old report is replaced by the whole new one, and nothing else is left in the folder", async () => {
  const file = join(folder, "report.json");
  await writeFile(file, "old and much longer");
  await writeAtomically(file, "new é");

  expect(await readFile(file, "utf8")).toBe("new é");
  expect(await readdir(folder)).toEqual(["report.json"]);
});

test("a link stays a link, and what it points to is written", async () => {
  await writeFile(join(folder, "target"), "old");
  await symlink(join(folder, "target"), join(folder, "link"));
  await writeAtomically(join(folder, "link"), "new");

  expect(await readFile(join(folder, "target"), "utf8")).toBe("new");
  expect((await readdir(folder)).toSorted()).toEqual(["link", "target"]);
});

test("a missing folder is told with its path and what to do", async () => {
  const file = join(folder, "missing", "report.json");
  const refusal = await refusalOf(file);

  expect(refusal.message).toContain(file);
  expect(refusal.remedy).toContain(`Create the folder ${join(folder, "missing")}`);
});

test("a folder in the file's place is told, and keeps its content", async () => {
  await mkdir(join(folder, "report.json"));
  const refusal = await refusalOf(join(folder, "report.json"));

  expect(refusal.message).toContain(join(folder, "report.json"));
  expect(await readdir(folder)).toEqual(["report.json"]);
});

test.runIf(existsSync("/dev/full"))("a full disk is told, with its own remedy", async () => {
  const refusal = await refusalOf("/dev/full");

  expect(refusal.message).toContain("/dev/full");
  expect(refusal.remedy).toContain("Free some space");
});

test("a place where nothing can be written is told before any work is done, and a good one is left as it is", async () => {
  await expect(requireWritable(join(folder, "missing", "report.json"))).rejects.toMatchObject({
    remedy: expect.stringContaining("Create the folder"),
  });
  await expect(requireWritable(folder)).rejects.toMatchObject({ remedy: "Name a file, not a folder" });
  await requireWritable(join(folder, "report.json"));
  await requireWritable("/dev/null");
  await requireWritable(undefined);

  expect(await readdir(folder)).toEqual([]);
});

test("Plumbline's own folder is made, though nothing else was written there", async () => {
  vi.spyOn(process, "cwd").mockReturnValue(folder);
  await requireWritable(join(folder, "plumbline-out", "report.json"));
  expect(await readdir(folder)).toEqual(["plumbline-out"]);
  const file = join(folder, "plumbline-out", "parts", "1.json");
  await writeAtomically(file, "text");

  expect(await readFile(file, "utf8")).toBe("text");
});
