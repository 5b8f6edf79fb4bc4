/**
 * From nothing to a server that takes connections: on a copy of the cached cluster, and with initdb, as it would be
 * without the cache.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { type Paces, pacesOf } from "./paired-timings.ts";

const ROUNDS = 5;

export async function serverStart(): Promise<Paces> {
  // A cache of its own: the user's is left as it is.
  const cacheFolder = await mkdtemp(join(tmpdir(), "plumbline-bench-"));
  try {
    // The server's account must enter it.
    await chmod(cacheFolder, 0o755);
    await start(cacheFolder);

    return await pacesOf(
      "Starting a server",
      "starts/s",
      {
        "from the cached cluster": () => start(cacheFolder),
        "with initdb, into the cache": async () => {
          await rm(join(cacheFolder, "clusters"), { recursive: true });

          return await start(cacheFolder);
        },
      },
      ROUNDS,
    );
  } finally {
    await rm(cacheFolder, { recursive: true, force: true });
  }
}

async function start(cacheFolder: string): Promise<number> {
  const began = performance.now();
  await using _server = await startEmbedded({ cacheFolder });

  return 1000 / (performance.now() - began);
}
