/**
 * What the file system lets one do: an installation may be somebody else's, and a disk full.
 * @template Made
 * @param {() => Made} work
 * @returns {Made | undefined} undefined where it does not
 */
export function wherePossible(work) {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown) return undefined;
    throw thrown;
  }
}
