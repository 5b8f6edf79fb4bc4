/**
 * Opens the gates at small sizes, for tests: a shape, a growth and a share need no large table.
 */
import { join } from "node:path";
import { BenchmarkDatabases } from "../../harness/bench/benchmark-database.ts";
import type { Gate } from "../../harness/bench/gate.ts";
import { loadGates, readThresholds } from "../../harness/bench/load-gates.ts";
import { SERVER_PINS } from "../../harness/bench/measuring-session.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";

/** What gates are run with, on a server of its own. */
export type SmallBenchmark = Awaited<ReturnType<typeof openSmallBenchmark>>;

/** @param sizes numbers of organizations, smallest first, instead of each gate's own */
export async function openSmallBenchmark(sizes: readonly number[]) {
  const folder = join(import.meta.dirname, "..");
  const all = await loadGates(folder);
  const ids = all.map(({ id }) => id);
  const thresholds = await readThresholds(join(folder, "thresholds.json"), ids);
  const server = await startEmbedded({ settings: SERVER_PINS });
  const databases = new BenchmarkDatabases(server, 42);

  return {
    databases,
    thresholds,
    gates: all.map((gate) => resize(gate, sizes)),
    async [Symbol.asyncDispose]() {
      await databases[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

function resize(gate: Gate, sizes: readonly number[]): Gate {
  const { reference } = gate;
  const rows = Math.min(reference?.rows ?? 0, ...sizes.slice(-1));

  return { ...gate, data: { ...gate.data, sizes }, reference: reference && { ...reference, rows } };
}
