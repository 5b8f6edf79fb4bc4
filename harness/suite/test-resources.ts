import type { LoadedConfiguration } from "../configuration/load-configuration.ts";
import type { DatabaseProvider } from "../database/database-provider.ts";
import type { CrashServer } from "../fault/crash-server.ts";
import type { TestContext } from "../property/test-context.ts";
import type { Release } from "../release/release.ts";
import type { Coverage } from "../rows/coverage.ts";

/** What a test context is created from. */
export interface TestResources {
  readonly release: Release;
  readonly databases: DatabaseProvider;
  /** A server that may be crashed, if servers of this kind can be. */
  readonly crashServer?: CrashServer;
  /** Collects the rows that cases insert, for the report; all contexts of a release share it. */
  readonly coverage?: Coverage;
  /** The nearest `plumbline.config.ts` from the release's folder upwards. */
  readonly configuration?: LoadedConfiguration;
}

/** What a suite's `world.ts` exports as `openContext`. */
export type ContextFactory = (resources: TestResources) => TestContext;
