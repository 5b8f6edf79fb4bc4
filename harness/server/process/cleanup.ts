/** Removes what runs left, one by one, and collects the errors. */
import { messageOf } from "../../errors.ts";

/** By name: what was removed, and what could not be, with the reason. */
export interface CleanupResult {
  readonly names: readonly string[];
  readonly left: readonly { readonly name: string; readonly reason: string }[];
}

/** @param remove returns false if there was nothing to remove */
export async function removeEach(
  all: readonly string[],
  remove: (name: string) => Promise<unknown>,
): Promise<CleanupResult> {
  const names: string[] = [];
  const left: { name: string; reason: string }[] = [];
  for (const name of all) {
    try {
      if ((await remove(name)) !== false) names.push(name);
    } catch (thrown) {
      left.push({ name, reason: messageOf(thrown) });
    }
  }

  return { names, left };
}
