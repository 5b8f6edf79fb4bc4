/**
 * Measures the same release again and again: no gate may violate its budget, or count worse than before.
 */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compareFigures, takeSnapshot } from "../harness/bench/baseline.ts";
import { selectGates } from "../harness/bench/load-gates.ts";
import type { GateResult } from "../harness/bench/result.ts";
import { runGates } from "../harness/bench/run-gates.ts";
import { readRelease } from "../harness/release/read-release.ts";
import type { Release } from "../harness/release/release.ts";
import { openSmallBenchmark, type SmallBenchmark } from "./testing/small-database.ts";

const SIZES = [200, 600, 1_800];
const RUNS = 6;
/** One of each kind of measurement, and the one that time decides too. */
const GATES = ["P1-lookup", "P2-consume", "P4-data-migration", "P5-indexes", "P7-schema", "P7-emergency"];

let small: SmallBenchmark;
let release: Release;

beforeAll(async () => {
  small = await openSmallBenchmark(SIZES);
  release = await readRelease(join(import.meta.dirname, "../sql/hardened"));
});

afterAll(async () => await small?.[Symbol.asyncDispose]());

const run = async (): Promise<readonly GateResult[]> => await runGates(release, selectGates(small.gates, GATES), small);

test("six runs of an unchanged release raise no alarm", async () => {
  const accepted = takeSnapshot(await run());
  const alarms: unknown[] = [];
  for (let number = 1; number <= RUNS; number += 1) {
    const results = await run();
    alarms.push(
      ...results.filter(({ verdict }) => verdict !== "held").map(({ id, violations }) => ({ number, id, violations })),
      ...compareFigures(accepted, takeSnapshot(results)).map((difference) => ({ number, difference })),
    );
  }

  expect(alarms).toEqual([]);
}, 900_000);
