/**
 * Measures starting a server: from a copy of the cached cluster, and with initdb, as without the cache.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { measureRates, type TimingTable } from "./paired-timings.ts";

const ROUNDS = 5;

export async function measureServerStart(): Promise<TimingTable> {
  // A cache of its own, so that the user's stays as it is.
  const cacheFolder = await mkdtemp(join(tmpdir(), "plumbline-bench-"));
  const start = async () => {
    const began = performance.now();
    await using _server = await startEmbedded({ cacheFolder });

    return 1000 / (performance.now() - began);
  };
  try {
    // The server's account must be able to enter it.
    await chmod(cacheFolder, 0o755);
    await start();

    return await measureRates(
      "Starting a server",
      "starts/s",
      {
        "from the cached cluster": start,
        "with initdb, into the cache": async () => {
          await rm(join(cacheFolder, "clusters"), { recursive: true });

          return await start();
        },
      },
      ROUNDS,
    );
  } finally {
    await rm(cacheFolder, { recursive: true, force: true });
  }
}
