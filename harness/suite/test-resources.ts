import type { DatabaseProvider } from "../database/database-provider.ts";
import type { CrashServer } from "../fault/crash-server.ts";
import type { TestContext } from "../property/test-context.ts";
import type { Release } from "../release/release.ts";

/** What a test context is created from. */
export interface TestResources {
  readonly release: Release;
  readonly databases: DatabaseProvider;
  /** A server that may be crashed, if servers of this kind can be. */
  readonly crashServer?: CrashServer;
}

/** What a suite's `world.ts` exports as `openContext`. */
export type ContextFactory = (resources: TestResources) => TestContext;
