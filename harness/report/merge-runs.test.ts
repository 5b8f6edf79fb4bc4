import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { RunResult } from "../property/verdict.ts";
import { createRunResult, mixed } from "../testing/sample-run.ts";
import { toJson } from "./json.ts";
import { mergeRuns } from "./merge-runs.ts";
import { readRun } from "./read-run.ts";

const folder = mkdtempSync(join(tmpdir(), "plumbline-merge-"));
const sampleRun = createRunResult(mixed);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The I-th of N parts of the sample run. */
function part(
  index: number,
  count: number,
  change: Partial<RunResult> = {},
): { file: string; run: RunResult } {
  const releases = sampleRun.releases.map((release) => ({
    ...release,
    properties: release.properties.filter((_, place) => place % count === index - 1),
    questions: index === 1 ? release.questions : [],
  }));

  return { file: `${index}.json`, run: { ...sampleRun, releases, shard: `${index}/${count}`, ...change } };
}

describe("putting the parts of a run together", () => {
  test("takes what was asked for in whatever order", () => {
    const run = mergeRuns([part(1, 2, { only: ["S1", "C3"] }), part(2, 2, { only: ["C3", "S1"] })]);

    expect(run.only).toEqual(["S1", "C3"]);
  });

  test("gives the run, whatever the order of the parts", () => {
    const { releases } = mergeRuns([part(3, 3), part(1, 3), part(2, 3)]);

    for (const [index, release] of releases.entries()) {
      const whole = sampleRun.releases[index];
      expect(release.name).toBe(whole?.name);
      expect(new Set(release.properties)).toEqual(new Set(whole?.properties));
      expect(release.questions).toEqual(whole?.questions);
    }
  });

  test.each([
    [[part(1, 3), part(3, 3)], /part 2 of 3 is missing/],
    [[part(1, 2), part(2, 2), part(2, 2)], /part 2 of 2 is there twice/],
    [[part(1, 2), part(2, 3)], /in 3 parts/],
    [[part(1, 2), part(2, 2, { seed: -1 })], /not of one run: the seed/],
    [[part(1, 2), part(2, 2, { server: { kind: "container", version: "14.1" } })], /the server/],
    [[part(1, 2, { only: ["S1", "C3"] }), part(2, 2, { only: ["A1"] })], /asked for is C3,S1, and A1/],
    [[part(1, 2, { only: ["S1"] }), part(2, 2)], /asked for is S1, and everything/],
    [[part(1, 2, { runs: 5 }), part(2, 2)], /cases is 5, and the usual one/],
    [[part(1, 2), part(2, 2, { shard: "2 of 2" })], /is no part of a run/],
    [[], /nothing to put together/],
  ])("refuses what would make a whole that nobody has seen", (parts, message) => {
    expect(() => mergeRuns(parts)).toThrow(message);
  });

  test("what was written as JSON comes back with all that is told of it", async () => {
    const file = join(folder, "run.json");
    const asked = { ...sampleRun, only: ["S1"], runs: 5 };
    writeFileSync(file, JSON.stringify(toJson(asked, new Map())));
    const { run, scripts } = await readRun(file);

    expect(toJson(run, scripts)).toEqual(JSON.parse(JSON.stringify(toJson(asked, new Map()))));
  });

  test("a file that is not what verify writes is refused with what is wrong in it", async () => {
    const file = join(folder, "other.json");
    writeFileSync(file, `{ "plumbline": "0.1.0", "seed": "one" }`);

    await expect(readRun(file)).rejects.toThrow(/other\.json: "seed" is not a number/);
  });
});
