/** Gives the tests of a file databases on an embedded server of their own. */
import { afterAll, beforeAll } from "vitest";
import type { DatabaseProvider } from "../database/database-provider.ts";
import { databaseProvider } from "../database/pool.ts";
import type { Server } from "../database/server.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";

/** Starts the server before the first test, and ends it after the last one. */
export function useDatabases(): DatabaseProvider {
  let server: Server | undefined;
  let databases: DatabaseProvider | undefined;

  beforeAll(async () => {
    server = await startEmbedded();
    databases = databaseProvider(server);
  });

  const end = async () => {
    await databases?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  };
  afterAll(end);

  return {
    [Symbol.asyncDispose]: end,
    clone: async (recipe) => {
      if (databases === undefined) throw new Error("databases are there while tests run");

      return await databases.clone(recipe);
    },
  };
}
