import { execFileSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { listChangedFiles } from "./git.ts";

test("the files that changed since a revision are listed, of the folder alone", async () => {
  const root = createTemporaryFolder({ "db/1.sql": "", "db/2.sql": "", "other.sql": "" });
  const git = (...words: readonly string[]) => execFileSync("git", ["-C", root, ...words], { stdio: "pipe" });
  git("init", "-q");
  git("add", ".");
  git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first");
  for (const file of ["db/2.sql", "db/new 3.sql", "other.sql"]) writeFileSync(`${root}/${file}`, "SELECT 1");

  expect([...(await listChangedFiles(`${root}/db`, "HEAD"))]).toEqual([`${root}/db/2.sql`, `${root}/db/new 3.sql`]);
  await expect(listChangedFiles(`${root}/db`, "nowhere")).rejects.toThrow(
    /^Git cannot list the changes since nowhere: fatal: /,
  );
});

test("what is no revision is never a word to Git, and a folder without a repository is said to be one", async () => {
  const root = createTemporaryFolder({ "1.sql": "", ".git/HEAD": "" });

  for (const revision of ["", "--output=written"]) {
    await expect(listChangedFiles(root, revision)).rejects.toThrow(`${JSON.stringify(revision)} is no revision of Git`);
  }
  expect(readdirSync(root)).toEqual([".git", "1.sql"]);
  await expect(listChangedFiles(root, "HEAD")).rejects.toThrow(`${root} is in no repository of Git`);
});
