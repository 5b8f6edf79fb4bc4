/**
 * A run that is interrupted still removes its container. On the way out nothing can be awaited, so another process does
 * it, and this one waits for that.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Container } from "./container-life.ts";
import { onExit } from "./on-exit.ts";

const program = fileURLToPath(new URL("container-drop.js", import.meta.url));
const limitMs = 30_000;
/** Out of the terminal's reach: a second Ctrl-C would end it before it could do anything about that. */
const apart = { detached: true };

/** Removes the container when the process ends, unless the returned function was called before. */
export function removeAtExit({ engine, name }: Container): () => void {
  return onExit(() => {
    const { stderr, status } = spawnSync(process.execPath, [program], {
      ...apart,
      input: JSON.stringify({ address: engine.address, name }),
      encoding: "utf8",
      timeout: limitMs,
    });
    if (status !== 0) {
      process.stderr.write(
        `plumbline: the container ${name} was left; remove it with docker rm -f ${name}\n${stderr}`,
      );
    }
  });
}
