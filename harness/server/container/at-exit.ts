/**
 * A run that is interrupted still removes its container.
 */

import { modulePath } from "../../files/installation.ts";
import { onExit } from "../process/on-exit.ts";
import { runSync } from "../process/sync-child.ts";
import type { Container } from "./lifecycle.ts";

/** Removes the container when the process ends, unless the returned function was called before. */
export function removeAtExit({ engine, name }: Container): () => void {
  return onExit(() => {
    const trouble = runSync(modulePath("harness/server/container/drop"), { address: engine.address, name });
    if (trouble !== undefined) {
      process.stderr.write(
        `pg-plumbline: the container ${name} was left; remove it with docker rm -f ${name}\n${trouble}`,
      );
    }
  });
}
