import type { LoadedConfiguration } from "../configuration/load-configuration.ts";
import type { DatabaseProvider } from "../database/database-provider.ts";
import type { CrashServer } from "../fault/crash-server.ts";
import type { Property, Question } from "../property/property.ts";
import type { TestContext } from "../property/test-context.ts";
import type { Note } from "../property/verdict.ts";
import type { Release } from "../release/release.ts";
import type { Coverage } from "../rows/coverage.ts";

/** What a test context is created from. */
export interface TestResources {
  readonly release: Release;
  readonly databases: DatabaseProvider;
  /** The seed of the run, from which rows are generated; by default 1. */
  readonly seed?: number;
  /** A server that may be crashed, if servers of this kind can be. */
  readonly crashServer?: CrashServer;
  /** Collects the rows that cases insert, for the report; all contexts of a release share it. */
  readonly coverage?: Coverage;
  /** The nearest `plumbline.config.ts` from the release's folder upwards. */
  readonly configuration?: LoadedConfiguration;
  /** Which rows the rules of any migration try; by default all. */
  readonly rows?: RowChoice;
  /** Collects notes for the report; all contexts of a release share it. */
  readonly notes?: Note[];
  /** Takes what is to be done once all properties of the release are checked. */
  readonly atEnd?: (work: () => Promise<void>) => void;
}

/** `mild`: three ordinary rows a table; `all`: odd ones and those aimed at the migration's constraints, too. */
export type RowChoice = "none" | "mild" | "all";

/** What a suite's `world.ts` exports as `openContext`; it gets what the context is for. */
export type ContextFactory = (resources: TestResources, checked?: Property | Question) => TestContext;
