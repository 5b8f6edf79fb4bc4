import type { Catalog } from "../catalog/facts.ts";

/**
 * What a property works with. The runner makes one for each property and release, cleans it after every case, and closes
 * it at the end.
 */
export interface TestContext {
  /**
   * The catalog after the release was applied to an empty baseline.
   * @throws Inconclusive where it cannot be applied
   */
  catalog?(): Promise<Catalog>;
  /** Releases what the case used. */
  endCase(): Promise<void>;
  close(): Promise<void>;
}
