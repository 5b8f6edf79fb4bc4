/**
 * Whether a gate cries wolf: the same release, measured again and again, breaks no budget and is never worse than it was.
 * The sizes are small, so that twenty runs take no longer than a test may.
 */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { differencesBetween, snapshotOf } from "../harness/plan/baseline.ts";
import { readThresholds, type Thresholds } from "../harness/plan/budget.ts";
import type { Gate } from "../harness/plan/gate.ts";
import { Ground } from "../harness/plan/ground.ts";
import { chosenGates, loadGates } from "../harness/plan/load-gates.ts";
import { SERVER_PINS } from "../harness/plan/pins.ts";
import type { GateResult } from "../harness/plan/result.ts";
import { runGates } from "../harness/plan/run-gates.ts";
import { readRelease } from "../harness/release/read-release.ts";
import type { Release } from "../harness/release/release.ts";
import { startEmbedded } from "../harness/server/embedded.ts";
import type { Server } from "../harness/server/server.ts";

const SIZES = [200, 600, 1_800];
const RUNS = 20;
/** One of each way to measure, and the one that time decides too. */
const GATES = ["P1-lookup", "P2-consume", "P4-data-migration", "P5-indexes", "P7-schema", "P7-emergency"];

let server: Server;
let ground: Ground;
let release: Release;
let gates: readonly Gate[];
let thresholds: Thresholds;

beforeAll(async () => {
  const all = await loadGates(import.meta.dirname);
  thresholds = await readThresholds(
    join(import.meta.dirname, "thresholds.json"),
    all.map(({ id }) => id),
  );
  gates = chosenGates(all, GATES).map((gate) => ({ ...gate, data: { ...gate.data, sizes: SIZES } }));
  release = await readRelease(join(import.meta.dirname, "../sql/hardened"));
  server = await startEmbedded({ settings: SERVER_PINS });
  ground = new Ground(server, 42);
});

afterAll(async () => {
  await ground?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

const run = async (): Promise<readonly GateResult[]> =>
  await runGates(release, gates, { ground, thresholds });

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
}, 300_000);
