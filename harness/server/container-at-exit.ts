/**
 * A run that is interrupted still removes its container.
 */
import type { Container } from "./container-life.ts";
import { doNow } from "./last-words.ts";
import { onExit } from "./on-exit.ts";

/** Removes the container when the process ends, unless the returned function was called before. */
export function removeAtExit({ engine, name }: Container): () => void {
  return onExit(() => {
    const trouble = doNow(new URL("container-drop.js", import.meta.url), { address: engine.address, name });
    if (trouble !== undefined) {
      process.stderr.write(
        `plumbline: the container ${name} was left; remove it with docker rm -f ${name}\n${trouble}`,
      );
    }
  });
}
