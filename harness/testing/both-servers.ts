/**
 * Memory and PostgreSQL beside each other, for the tests of memory: the server is there to be compared with.
 */
import { type DatabaseProvider, Databases } from "../database/databases.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { openMemory } from "../server/memory/memory.ts";

export async function openBoth(): Promise<
  AsyncDisposable & { memory: DatabaseProvider; databases: DatabaseProvider }
> {
  const server = await startEmbedded();
  const databases = new Databases(server);
  const { databases: memory } = await openMemory();

  return {
    memory,
    databases,
    [Symbol.asyncDispose]: async () => {
      await databases[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
