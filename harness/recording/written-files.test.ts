import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { describeWritten, readFileTimes } from "./written-files.ts";

test("what was written, made or removed between two readings is named", async () => {
  const folder = createTemporaryFolder({ "a.sql": "", "db/b.sql": "", "c.sql": "" });
  const before = await readFileTimes(folder);
  expect(describeWritten(folder, before, await readFileTimes(folder))).toBeUndefined();

  utimesSync(join(folder, "db/b.sql"), 1, 1);
  rmSync(join(folder, "c.sql"));
  writeFileSync(join(folder, "new.sql"), "");
  const named = /changed c\.sql, db\/b\.sql, new\.sql in your folder/;
  expect(describeWritten(folder, before, await readFileTimes(folder))).toMatch(named);
});

test("many files are counted", () => {
  const files = (count: number) => new Map(Array.from({ length: count }, (_, index) => [`/m/${index}`, 1]));

  expect(describeWritten("/m", new Map(), files(4))).toContain("changed 0, 1, 2, 3 in");
  expect(describeWritten("/m", new Map(), files(5))).toContain("changed 0, 1, 2 and 2 other files in");
});
