import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HarnessError } from "../errors.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { requireWritable, writeAtomically } from "./write-file.ts";

let folder: string;
beforeEach(() => {
  folder = createTemporaryFolder();
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function readError(file: string): Promise<HarnessError> {
  try {
    await writeAtomically(file, "text");
  } catch (error) {
    if (error instanceof HarnessError) return error;
    throw error;
  }
  throw new Error(`${file} was written`);
}

test("an old report is replaced, and nothing else is left in the folder", async () => {
  const file = join(folder, "report.json");
  await writeFile(file, "old and much longer");
  await writeAtomically(file, "new é");

  expect(await readFile(file, "utf8")).toBe("new é");
  expect(await readdir(folder)).toEqual(["report.json"]);
});

test("a link stays a link, and its target is written", async () => {
  await writeFile(join(folder, "target"), "old");
  await symlink(join(folder, "target"), join(folder, "link"));
  await writeAtomically(join(folder, "link"), "new");

  expect(await readFile(join(folder, "target"), "utf8")).toBe("new");
  expect((await readdir(folder)).toSorted()).toEqual(["link", "target"]);
});

test("a missing folder is an error with its path", async () => {
  const file = join(folder, "missing", "report.json");
  const error = await readError(file);

  expect(error.message).toContain(file);
  expect(error.remedy).toContain(`Create the folder ${join(folder, "missing")}`);
});

test("a folder in place of the file is an error, and keeps its content", async () => {
  await mkdir(join(folder, "report.json"));
  const error = await readError(join(folder, "report.json"));

  expect(error.message).toContain(join(folder, "report.json"));
  expect(await readdir(folder)).toEqual(["report.json"]);
});

test.runIf(existsSync("/dev/full"))("a full disk is an error with its own remedy", async () => {
  const error = await readError("/dev/full");

  expect(error.message).toContain("/dev/full");
  expect(error.remedy).toContain("Free some space");
});

test("a file that cannot be written is an error before any work is done, and others are left unchanged", async () => {
  await expect(requireWritable(join(folder, "missing", "report.json"))).rejects.toMatchObject({
    remedy: expect.stringContaining("Create the folder"),
  });
  await expect(requireWritable(folder)).rejects.toMatchObject({ remedy: "Name a file, not a folder" });
  await requireWritable(join(folder, "report.json"));
  await requireWritable("/dev/null");
  await requireWritable(undefined);

  expect(await readdir(folder)).toEqual([]);
});

test("Plumbline's own folder is created", async () => {
  vi.spyOn(process, "cwd").mockReturnValue(folder);
  await requireWritable(join(folder, "plumbline-out", "report.json"));
  expect(await readdir(folder)).toEqual(["plumbline-out"]);
  const file = join(folder, "plumbline-out", "parts", "1.json");
  await writeAtomically(file, "text");

  expect(await readFile(file, "utf8")).toBe("text");
});
