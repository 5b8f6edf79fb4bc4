/**
 * What the harness hands to the makers of properties, and what it asks of them: a world for each property and release,
 * cleaned after every case and closed at the end.
 */
import type { Databases } from "../database/databases.ts";
import type { CrashGround } from "../fault/crash-ground.ts";
import type { Release } from "../release/release.ts";

/** All that a world is made of. */
export interface Workbench {
  readonly release: Release;
  readonly databases: Databases;
  /** Where a server can be crashed, if servers of the kind at hand can. */
  readonly crashGround?: CrashGround;
}

/** A world that the runner can look after. */
export interface RunnableWorld {
  /** Gives back what the case used. */
  endCase(): Promise<void>;
  close(): Promise<void>;
}

export type WorldMaker = (workbench: Workbench) => RunnableWorld;
