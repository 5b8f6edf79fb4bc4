/**
 * What the harness hands to the makers of properties, and what it asks of them: a world for each property and release,
 * cleaned after every case and closed at the end.
 */
import type { Catalog } from "../catalog/facts.ts";
import type { Clones } from "../database/databases.ts";
import type { CrashGround } from "../fault/crash-server.ts";
import type { Release } from "../release/release.ts";

/** All that a world is made of. */
export interface Workbench {
  readonly release: Release;
  readonly databases: Clones;
  /** Where a server can be crashed, if servers of the kind at hand can. */
  readonly crashGround?: CrashGround;
  /** Where the release differs from another in a few statements that replace what that one has made. */
  readonly patch?: Patch;
}

/** What makes another release of one that is there: its migrated database is a clone of that one's, and these statements. */
export interface Patch {
  readonly original: Release;
  readonly statements: readonly string[];
}

/** A world that the runner can look after. */
export interface RunnableWorld {
  /**
   * What applying the release to an empty baseline comes to.
   * @throws Undecided where it cannot be applied
   */
  catalog?(): Promise<Catalog>;
  /** Gives back what the case used. */
  endCase(): Promise<void>;
  close(): Promise<void>;
}

export type WorldMaker = (workbench: Workbench) => RunnableWorld;
