import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { compareFigures } from "./baseline.ts";
import {
  type AcceptedFigures,
  acceptFigures,
  type FiguresByGate,
  findBaselineEntry,
  readBaseline,
} from "./baseline-file.ts";
import { requireDiskSpace } from "./benchmark-servers.ts";
import { readThresholds } from "./load-gates.ts";

const folder = createTemporaryFolder();
const file = (name: string) => join(folder, name);
const write = (name: string, value: unknown): string => {
  writeFileSync(file(name), JSON.stringify(value));

  return file(name);
};

const figures: AcceptedFigures = {
  rows: 100,
  counts: { buffers: 100, hotShare: 0.9, tempBlocks: 0 },
  shape: ["Seq Scan on t"],
};
const snapshot = (changed: Partial<AcceptedFigures> = {}): FiguresByGate => ({
  "P1-x": { one: { ...figures, ...changed } },
});
const kinds = (after: FiguresByGate) => compareFigures(snapshot(), after).map(({ kind, message }) => [kind, message]);

describe("a difference from the accepted figures", () => {
  test("is none within two hundredths, and none in a missing count", () => {
    expect(kinds(snapshot())).toEqual([]);
    expect(kinds(snapshot({ counts: { buffers: 102 } }))).toEqual([]);
  });

  test.each<[Partial<AcceptedFigures>, string]>([
    [{ counts: { buffers: 103 } }, "worse"],
    [{ counts: { buffers: 90 } }, "better"],
    [{ counts: { tempBlocks: 1 } }, "worse"],
    [{ counts: { hotShare: 0.5 } }, "worse"],
    [{ counts: { hotShare: 1 } }, "better"],
    [{ shape: ["Index Scan using t_pkey on t"] }, "worse"],
    [{ rows: 1_000, counts: { buffers: 1_000 } }, "other"],
  ])("%j is %s", (changed, kind) => {
    expect(kinds(snapshot(changed)).map(([found]) => found)).toEqual([kind]);
  });

  test("shows both shapes, and reports new and missing subjects without failing", () => {
    const [shape] = compareFigures(snapshot(), snapshot({ shape: ["Result"] }));

    expect(shape?.shapes).toEqual({ before: ["Seq Scan on t"], after: ["Result"] });
    expect(kinds({ "P1-x": { other: figures }, "P2-y": { one: figures } }).map(([kind]) => kind)).toEqual([
      "other",
      "other",
      "other",
    ]);
  });
});

describe("the file of accepted figures", () => {
  const here = { postgres: 18, scale: 0, seed: 42 };

  test("keeps what other versions, scales and seeds hold, and gates that were not run", async () => {
    const path = file("kept.json");
    await acceptFigures(path, { ...here, postgres: 17, releases: { a: snapshot() } });
    await acceptFigures(path, { ...here, releases: { a: { ...snapshot(), "P2-y": { one: figures } } } });
    await acceptFigures(path, { ...here, releases: { a: snapshot({ rows: 7 }) } });
    const entries = await readBaseline(path);

    expect(entries.map(({ postgres }) => postgres)).toEqual([17, 18]);
    expect(findBaselineEntry(entries, here)?.releases["a"]).toEqual({
      ...snapshot({ rows: 7 }),
      "P2-y": { one: figures },
    });
    expect(findBaselineEntry(entries, { ...here, seed: 1 })).toBeUndefined();
  });

  test("stays intact if an update fails", async () => {
    const path = write("broken.json", [{ ...here, releases: {}, extra: 1 }]);
    const before = readFileSync(path, "utf8");

    await expect(acceptFigures(path, { ...here, releases: {} })).rejects.toThrow('the key "extra" is not known');
    expect(readFileSync(path, "utf8")).toBe(before);
    await expect(acceptFigures(join(folder, "none", "b.json"), { ...here, releases: {} })).rejects.toThrow(
      "could not be written",
    );
  });
});

describe("the file of budgets", () => {
  const entry = { budget: { buffersMax: 4 }, because: "it is so" };

  test.each([
    [{ "P1-x": { ...entry, budget: { bufersMax: 4 } } }, /the key "bufersMax" is not known/, /Write "buffersMax"/],
    [{ "P1-x": { budget: {} } }, /the key "because" is missing/, /Add the key "because"/],
    [{ "P1-x": entry, "P1-z": entry }, /there is no gate "P1-z"/, /Write "P1-x"/],
    [{}, /the gate P1-x has no budget/, /Add an entry/],
    [{ "P1-x": { ...entry, budget: { buffersMax: -1 } } }, /is not a number of at least 0: -1/, /Write/],
  ])("is rejected with the error and the remedy: %j", async (value, wrong, remedy) => {
    const result = readThresholds(write("thresholds.json", value), ["P1-x"]);

    await expect(result).rejects.toThrow(wrong);
    await expect(result).rejects.toMatchObject({ remedy: expect.stringMatching(remedy) });
  });
});

test("rows that do not fit the disk are an error that names both sizes", () => {
  expect(() => requireDiskSpace(5e9, 5e9)).not.toThrow();
  expect(() => requireDiskSpace(2e12, 5e9)).toThrow("about 2,000 GB, and the server's disk has 5 GB left");
});
