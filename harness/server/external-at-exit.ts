/**
 * A run that is interrupted still drops its databases. On the way out nothing can be awaited, so another process does
 * it, and this one waits for that.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onExit } from "./on-exit.ts";

const program = fileURLToPath(new URL("external-drop.js", import.meta.url));
const limitMs = 30_000;

/** Drops the databases of the run when the process ends, unless the returned function was called before. */
export function dropAtExit(address: string, run: string): () => void {
  return onExit(() => {
    const { stderr, status } = spawnSync(process.execPath, [program], {
      // Not among the words: those are everyone's to read.
      input: JSON.stringify({ address, run }),
      encoding: "utf8",
      timeout: limitMs,
    });
    if (status !== 0) {
      process.stderr.write(
        `plumbline: databases of this run were left on the server; run plumbline clean with the same --server\n${stderr}`,
      );
    }
  });
}
