/**
 * A run that is interrupted still removes its container.
 */

import { onExit } from "../process/on-exit.ts";
import { doNow } from "../process/sync-child.ts";
import type { Container } from "./lifecycle.ts";

/** Removes the container when the process ends, unless the returned function was called before. */
export function removeAtExit({ engine, name }: Container): () => void {
  return onExit(() => {
    const trouble = doNow(new URL("drop.js", import.meta.url), { address: engine.address, name });
    if (trouble !== undefined) {
      process.stderr.write(
        `pg-plumbline: the container ${name} was left; remove it with docker rm -f ${name}\n${trouble}`,
      );
    }
  });
}
