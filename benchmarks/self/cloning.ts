/**
 * Measures getting a migrated database with a session: cloned from a template, and created and migrated.
 */
import type { Databases } from "../../harness/database/databases.ts";
import type { Server } from "../../harness/database/server.ts";
import { Session } from "../../harness/database/session.ts";
import { baselineRecipe, migratedRecipe } from "../../harness/release/recipes.ts";
import type { Release } from "../../harness/release/release.ts";
import { measureRate, measureRates, type TimingTable } from "./paired-timings.ts";

const ROUNDS = 9;

export async function measureCloning(server: Server, databases: Databases, release: Release): Promise<TimingTable> {
  const migrated = migratedRecipe(release);
  await using maintenance = await Session.open(server.connection("postgres"));
  const clone = async (): Promise<void> => {
    await using database = await databases.clone(migrated);
    await database.connect();
  };
  const create = async (): Promise<void> => {
    await maintenance.query("CREATE DATABASE bench TEMPLATE template0");
    try {
      await using session = await Session.open(server.connection("bench"));
      await baselineRecipe(release).build(session);
      await migrated.build(session);
    } finally {
      await maintenance.query("DROP DATABASE bench WITH (FORCE)");
    }
  };

  return await measureRates(
    "A migrated database",
    "databases/s",
    {
      "a clone of a template": () => measureRate(clone),
      "created and migrated": () => measureRate(create),
    },
    ROUNDS,
  );
}
