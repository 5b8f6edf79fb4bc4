import { expect, test } from "vitest";
import { HarnessError } from "../errors.ts";
import { makeRelease } from "../testing/example-release.ts";
import { estimateDiskBytes, requireDiskSpace } from "./disk-space.ts";

test("the estimate covers the rows of each database, and on each server a clone of the largest and the WAL", async () => {
  const release = await makeRelease();
  const volume = { sizes: [1, 1000], bytesPerRow: 1_000_000, fill: () => [], migrateData: () => [] };
  const specs = volume.sizes.map((rows) => ({ release, volume, state: "baseline" as const, rows }));
  const [one, two] = [estimateDiskBytes(specs), estimateDiskBytes(specs, 2)];

  expect(one).toBeGreaterThan(2 * 1_000_000_000 + 1_000_000);
  expect(two - one).toBeGreaterThan(1_000_000_000);
  expect(two).toBeLessThan(2 * one);
});

test("too many rows are an error", () => {
  expect(() => requireDiskSpace(2_000, 2_000)).not.toThrow();
  expect(() => requireDiskSpace(3_000_000_000, 2_000_000_000)).toThrow(HarnessError);
});
