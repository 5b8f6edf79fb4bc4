/**
 * Which lists of a release somebody reads: the release as it is, with a note of each list that is looked at (pure).
 */
import type { Release } from "../release/release.ts";
import { listNames } from "./lists.ts";

/** The same release; `reads` fills with the names of the lists that are read from now on. */
export function trackListUsage(release: Release): { readonly release: Release; readonly reads: Set<string> } {
  const reads = new Set<string>();
  const noted = <Value extends object>(value: Value, prefix: string): Value =>
    new Proxy(value, {
      get(target, name) {
        const path = `${prefix}${String(name)}`;
        if (listNames.some((list) => list === path)) {
          reads.add(path);
        }
        const found: unknown = Reflect.get(target, name);

        return path === "rollback" && typeof found === "object" && found !== null
          ? noted(found, "rollback.")
          : found;
      },
    });

  return { release: noted(release, ""), reads };
}
