/** Removes what runs left, one by one, and collects the errors. */
import { messageOf } from "../../errors.ts";

export interface CleanupResult {
  /** What is removed, as a plural: `containers`. */
  readonly what: string;
  readonly removed: readonly string[];
  /** What could not be removed, with the reason. */
  readonly left: readonly { readonly name: string; readonly reason: string }[];
}

/** Never rejects. @param remove returns false if there was nothing to remove */
export async function removeEach(
  what: string,
  names: readonly string[],
  remove: (name: string) => Promise<unknown>,
): Promise<CleanupResult> {
  const removed: string[] = [];
  const left: { name: string; reason: string }[] = [];
  for (const name of names) {
    try {
      if ((await remove(name)) !== false) removed.push(name);
    } catch (thrown) {
      left.push({ name, reason: messageOf(thrown) });
    }
  }

  return { what, removed, left };
}
