/**
 * Whether a gate cries wolf: the same release, measured again and again, breaks no budget and is never worse than it was.
 * The sizes are small, so that twenty runs take no longer than a test may.
 */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { differencesBetween, snapshotOf } from "../harness/bench/baseline.ts";
import { chosenGates } from "../harness/bench/load-gates.ts";
import type { GateResult } from "../harness/bench/result.ts";
import { runGates } from "../harness/bench/run-gates.ts";
import { readRelease } from "../harness/release/read-release.ts";
import type { Release } from "../harness/release/release.ts";
import { openSmallGround, type SmallGround } from "./testing/small-database.ts";

const SIZES = [200, 600, 1_800];
const RUNS = 20;
/** One of each way to measure, and the one that time decides too. */
const GATES = ["P1-lookup", "P2-consume", "P4-data-migration", "P5-indexes", "P7-schema", "P7-emergency"];

let small: SmallGround;
let release: Release;

beforeAll(async () => {
  small = await openSmallGround(SIZES);
  release = await readRelease(join(import.meta.dirname, "../sql/hardened"));
});

afterAll(async () => await small?.[Symbol.asyncDispose]());

const run = async (): Promise<readonly GateResult[]> =>
  await runGates(release, chosenGates(small.gates, GATES), small);

test("twenty runs of what did not change raise no alarm", async () => {
  const accepted = snapshotOf(await run());
  const alarms: unknown[] = [];
  for (let number = 1; number <= RUNS; number += 1) {
    const results = await run();
    alarms.push(
      ...results
        .filter(({ verdict }) => verdict !== "held")
        .map(({ id, breaches }) => ({ number, id, breaches })),
      ...differencesBetween(accepted, snapshotOf(results)).map((difference) => ({ number, difference })),
    );
  }

  expect(alarms).toEqual([]);
}, 900_000);
