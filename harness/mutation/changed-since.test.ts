import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { Release } from "../release/release.ts";
import { makeStep } from "../testing/example-release.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { selectChangedSince } from "./changed-since.ts";
import { findMutants } from "./find-mutants.ts";

const folder = createTemporaryFolder();
const git = (...words: readonly string[]) =>
  execFileSync("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b", ...words], {
    stdio: "pipe",
  });

async function releaseWith(files: Readonly<Record<string, string>>): Promise<Release> {
  const migrate = await Promise.all(
    Object.entries(files).map(async ([path, source]) => {
      writeFileSync(join(folder, path), source);

      return { ...(await makeStep(path, source)), file: join(folder, path) };
    }),
  );

  return { name: "example", folder, lists: { baseline: [], migrate }, knownFailures: [] };
}

const places = async (release: Release, revision = "HEAD") => {
  const mutants = await selectChangedSince(
    release,
    await findMutants(release, { operators: ["arithmetic"] }),
    revision,
  );

  return [...new Set(mutants.map(({ step, line }) => `${step}:${line}`))];
};

beforeAll(async () => {
  await releaseWith({ "1.sql": "SELECT 1 + 2;\nSELECT 3 + 4;\nSELECT 5 + 6;\n" });
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "--message", "first");
});

test("only mutants of changed lines are selected", async () => {
  expect(await places(await releaseWith({ "1.sql": "SELECT 1 + 2;\nSELECT 3 + 5;\nSELECT 5 + 6;\n" }))).toEqual([
    "1.sql:2",
  ]);
  expect(await places(await releaseWith({ "1.sql": "SELECT 1 + 2;\nSELECT 3 + 4;\nSELECT 5 + 6;\n" }))).toEqual([]);
});

test("an untracked file is new as a whole", async () => {
  const release = await releaseWith({
    "1.sql": "SELECT 1 + 2;\nSELECT 3 + 4;\nSELECT 5 + 6;\n",
    "2.sql": "SELECT 1 + 2;\nSELECT 3 + 4;\n",
  });

  expect(await places(release)).toEqual(["2.sql:1", "2.sql:2"]);
});

test("an unknown revision is an error", async () => {
  const release = await releaseWith({ "1.sql": "SELECT 1 + 2;\n" });

  await expect(places(release, "no-such-revision")).rejects.toThrow(
    /Git cannot list the changes since no-such-revision: fatal: bad revision/,
  );
});
