import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RunResult } from "../property/verdict.ts";
import { createRunResult, mixed } from "../testing/sample-run.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { toJson } from "./json.ts";
import { mergeRuns, readRun } from "./merge-runs.ts";

const folder = createTemporaryFolder();
const coverage = [
  {
    table: "public.organizations",
    accepted: 3,
    rejected: 1,
    reason: "refused",
    columns: [{ column: "name", values: 2, tried: ["NULL"], missed: ["empty"] }],
  },
] as const;
const folders = [{ folder: "db", layout: "Prisma", notes: ["it keeps no downs"] }];
const sampleRun = createRunResult({ ...mixed, coverage });

/** A shard of the sample run. */
function part(index: number, count: number, change: Partial<RunResult> = {}): { file: string; run: RunResult } {
  const releases = sampleRun.releases.map((release) => ({
    ...release,
    properties: release.properties.filter((_, place) => place % count === index - 1),
    questions: index === 1 ? release.questions : [],
  }));

  return { file: `${index}.json`, run: { ...sampleRun, releases, shard: `${index}/${count}`, ...change } };
}

describe("merging the shards of a run", () => {
  test("adds up the rows, and what one shard tried was not missed", () => {
    const releases = sampleRun.releases.map((release) => ({
      ...release,
      coverage: [
        { ...coverage[0], columns: [{ column: "name", values: 5, tried: ["empty"], missed: ["NULL"] }] } as const,
      ],
    }));
    const [merged] = mergeRuns([part(1, 2), part(2, 2, { releases })]).releases;

    expect(merged?.coverage).toMatchObject([
      { accepted: 6, rejected: 2, columns: [{ values: 5, tried: ["NULL", "empty"], missed: [] }] },
    ]);
  });

  test("has what is to know of a folder once", () => {
    expect(mergeRuns([part(1, 2, { folders }), part(2, 2, { folders })]).folders).toEqual(folders);
    expect(mergeRuns([part(1, 2), part(2, 2)])).not.toHaveProperty("folders");
  });

  test("ignores the order of the selection", () => {
    const run = mergeRuns([part(1, 2, { only: ["S1", "C3"] }), part(2, 2, { only: ["C3", "S1"] })]);

    expect(run.only).toEqual(["S1", "C3"]);
  });

  test("gives the run, whatever the order of the shards", () => {
    const { releases } = mergeRuns([part(3, 3), part(1, 3), part(2, 3)]);

    for (const [index, release] of releases.entries()) {
      const whole = sampleRun.releases[index];
      expect(release.name).toBe(whole?.name);
      expect(new Set(release.properties)).toEqual(new Set(whole?.properties));
      expect(release.questions).toEqual(whole?.questions);
    }
  });

  test.each([
    [[part(1, 3), part(3, 3)], /shard 2 of 3 is missing/],
    [[part(1, 2), part(2, 2), part(2, 2)], /shard 2 of 2 is given twice/],
    [[part(1, 2), part(2, 3)], /with 3 shards/],
    [[part(1, 2), part(2, 2, { seed: -1 })], /not of one run: the seed/],
    [[part(1, 2), part(2, 2, { server: { kind: "container", version: "14.1" } })], /the server/],
    [[part(1, 2, { only: ["S1", "C3"] }), part(2, 2, { only: ["A1"] })], /selection is C3,S1 in one and A1/],
    [[part(1, 2, { only: ["S1"] }), part(2, 2)], /selection is S1 in one and everything/],
    [[part(1, 2, { runs: 5 }), part(2, 2)], /cases is 5 in one and the default/],
    [[part(1, 2), part(2, 2, { shard: "2 of 2" })], /is not a shard/],
    [[], /nothing to merge/],
  ])("fails where the merged run did not take place: %#", (parts, message) => {
    expect(() => mergeRuns(parts)).toThrow(message);
  });

  test("a run survives being written as JSON and read", async () => {
    const file = join(folder, "run.json");
    const selected = { ...sampleRun, only: ["S1"], runs: 5, folders };
    writeFileSync(file, JSON.stringify(toJson(selected, new Map())));
    const { run, scripts } = await readRun(file);

    expect(toJson(run, scripts)).toEqual(JSON.parse(JSON.stringify(toJson(selected, new Map()))));
  });

  test("a file in another form is an error that says what is wrong in it", async () => {
    const file = join(folder, "other.json");
    writeFileSync(file, `{ "plumbline": "0.1.0", "seed": "one" }`);

    await expect(readRun(file)).rejects.toThrow(/other\.json: "seed" is not a number/);
  });
});
