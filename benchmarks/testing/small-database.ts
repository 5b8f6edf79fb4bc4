/**
 * The gates at small sizes, for tests: a shape, a growth and a share need no large table to be seen.
 */
import { join } from "node:path";
import { Ground } from "../../harness/bench/benchmark-database.ts";
import { readThresholds, type Thresholds } from "../../harness/bench/budget.ts";
import type { Gate } from "../../harness/bench/gate.ts";
import { loadGates } from "../../harness/bench/load-gates.ts";
import { SERVER_PINS } from "../../harness/bench/pinned-planner.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";

/** What gates are run with, and a server of their own: to be disposed of. */
export interface SmallGround extends AsyncDisposable {
  readonly ground: Ground;
  readonly gates: readonly Gate[];
  readonly thresholds: Thresholds;
}

/** @param sizes numbers of organizations, smallest first, instead of each gate's own */
export async function openSmallGround(sizes: readonly number[]): Promise<SmallGround> {
  const all = await loadGates(import.meta.dirname);
  const thresholds = await readThresholds(
    join(import.meta.dirname, "thresholds.json"),
    all.map(({ id }) => id),
  );
  const server = await startEmbedded({ settings: SERVER_PINS });
  const ground = new Ground(server, 42);

  return {
    ground,
    thresholds,
    gates: all.map((gate) => resized(gate, sizes)),
    async [Symbol.asyncDispose]() {
      await ground[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

function resized({ plain, ...gate }: Gate, sizes: readonly number[]): Gate {
  const data = { ...gate.data, sizes };
  if (plain === undefined) return { ...gate, data };

  return { ...gate, data, plain: { ...plain, rows: Math.min(plain.rows, ...sizes.slice(-1)) } };
}
