import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import type { Server } from "../database/server.ts";
import { HarnessError } from "../errors.ts";
import { makeRelease } from "../testing/example-release.ts";
import { BenchmarkServers, estimateDiskBytes, requireDiskSpace } from "./benchmark-servers.ts";

const several = Math.min(2, availableParallelism());

/** Servers that only count their starts. */
function servers(settings: Partial<Server> = {}) {
  const count = { started: 0, stopped: 0 };
  const start = async (): Promise<Server> => {
    count.started += 1;

    return {
      kind: "embedded",
      version: "18.4",
      connection: () => ({}),
      async [Symbol.asyncDispose]() {
        count.stopped += 1;
      },
      ...settings,
    };
  };

  return { count, start };
}

test("a server of our own is started for each release, up to the number of processors, and all are stopped", async () => {
  const { count, start } = servers();
  const started = await BenchmarkServers.open(start, 42, 2);

  expect(count.started).toBe(several);
  expect(new Set([started.at(0), started.at(1)]).size).toBe(several);
  await started[Symbol.asyncDispose]();
  expect(count.stopped).toBe(several);
});

test("a server of the user is not started again: releases are measured one after the other", async () => {
  const { count, start } = servers({ tenancy: { maintenance: "postgres", run: "0123abcd" } });
  await using started = await BenchmarkServers.open(start, 42, 2);
  const releases = [await makeRelease("SELECT 1;"), await makeRelease("SELECT 2;")];
  const events: string[] = [];
  const results = await started.each(releases, async ({ lists }, databases) => {
    const [{ source } = { source: "" }] = lists.migrate;
    events.push(`begin ${source}`);
    await Promise.resolve();
    events.push(`end ${source}`);

    return { source, first: databases === started.at(0) };
  });

  expect(count.started).toBe(1);
  expect(events).toEqual(["begin SELECT 1;", "end SELECT 1;", "begin SELECT 2;", "end SELECT 2;"]);
  expect(results).toEqual([
    { source: "SELECT 1;", first: true },
    { source: "SELECT 2;", first: true },
  ]);
});

test.runIf(several > 1)("if another server cannot be started, the started ones are stopped", async () => {
  const { count, start } = servers();
  const failing = async () => {
    if (count.started > 0) throw new HarnessError("no memory for another", "Free some");

    return await start();
  };

  await expect(BenchmarkServers.open(failing, 42, 2)).rejects.toThrow("no memory for another");
  expect(count).toEqual({ started: 1, stopped: 1 });
});

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
