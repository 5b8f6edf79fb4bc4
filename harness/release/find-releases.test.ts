import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { findReleases } from "./read-release.ts";

test("finds the folders directly in the root that hold a release.json, sorted by name", async () => {
  const root = createTemporaryFolder({
    "b/release.json": "not even read",
    "a/release.json": "{}",
    "c/schema.sql": "",
    "d/deep/release.json": "{}",
    "release.json": "{}",
  });
  await mkdir(join(root, "e/release.json"), { recursive: true });

  expect(await findReleases(root)).toEqual([join(root, "a"), join(root, "b")]);
});

test("finds none in a folder without releases, and rejects a root that does not exist", async () => {
  const root = createTemporaryFolder({ "c/schema.sql": "" });

  expect(await findReleases(root)).toEqual([]);
  await expect(findReleases(join(root, "lost"))).rejects.toMatchObject({
    name: "HarnessError",
    message: `${join(root, "lost")}: no such folder`,
  });
});
