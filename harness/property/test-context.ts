import type { Catalog } from "../catalog/facts.ts";

/** What a property works with. The runner creates one per property and release, and cleans it after every case. */
export interface TestContext {
  /**
   * Reads the catalog after the release was applied to an empty baseline.
   * @throws Inconclusive if it cannot be applied
   */
  catalog?(): Promise<Catalog>;
  /** Reads what the cases depend on, before the first of them is generated. */
  prepare?(): Promise<unknown>;
  /** Fits an example of a property, which was written for another schema, to that of the release. */
  fitExample?(example: unknown): unknown;
  /** Releases what the case used. */
  endCase(): Promise<void>;
  close(): Promise<void>;
}
