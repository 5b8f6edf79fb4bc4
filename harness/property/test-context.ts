import type { Catalog } from "../catalog/facts.ts";

/** What a property works with. The runner creates one per property and release, and cleans it after every case. */
export interface TestContext {
  /**
   * Reads the catalog after the release was applied to an empty baseline.
   * @throws Inconclusive if it cannot be applied
   */
  catalog?(): Promise<Catalog>;
  /** Reads what `fitCase` depends on, before the first case is generated. */
  prepare?(): Promise<unknown>;
  /** Fits a case to the schema of the release, which may not accept every value that a property generates. */
  fitCase?(given: unknown): unknown;
  /** Releases what the case used. */
  endCase(): Promise<void>;
  close(): Promise<void>;
}
