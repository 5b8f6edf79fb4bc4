import { expect, test } from "vitest";
import { HarnessError } from "../errors.ts";
import { releaseOf } from "../testing/example-release.ts";
import { requireRoom, roomNeeded } from "./disk-space.ts";

test("each site takes its rows, and each server a clone of the largest and a log besides", async () => {
  const release = await releaseOf();
  const volume = { sizes: [1, 1000], bytesPerRow: 1_000_000, fill: () => [], settle: () => [] };
  const sites = volume.sizes.map((rows) => ({ release, volume, state: "baseline" as const, rows }));
  const [one, two] = [roomNeeded(sites), roomNeeded(sites, 2)];

  expect(one).toBeGreaterThan(2 * 1_000_000_000 + 1_000_000);
  expect(two - one).toBeGreaterThan(1_000_000_000);
  expect(two).toBeLessThan(2 * one);
});

test("what does not fit is refused, with both numbers", () => {
  expect(() => requireRoom(2_000, 2_000)).not.toThrow();
  expect(() => requireRoom(3_000_000_000, 2_000_000_000)).toThrow(HarnessError);
});
