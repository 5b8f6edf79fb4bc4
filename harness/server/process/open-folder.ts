/**
 * A folder that every account can read, whatever the umask is: root's server runs as another account. The umask itself
 * is not touched, since it is the whole process's and a worker thread may not change it.
 */
import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/** Makes the folder and those above it that are missing; one that is there already keeps its mode. */
export function makeOpen(folder: string): void {
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) chmodSync(made, 0o755);
}
