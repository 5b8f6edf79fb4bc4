/**
 * From a server to a migrated database with a session on it: a clone of a template, and the same statements sent to a
 * database that is made for them.
 */
import type { Databases, Recipe } from "../../harness/database/databases.ts";
import type { Server } from "../../harness/database/server.ts";
import { Session } from "../../harness/database/session.ts";
import { HarnessError } from "../../harness/errors.ts";
import { apply, describeRefusal, refusedIn } from "../../harness/release/apply.ts";
import type { Release } from "../../harness/release/release.ts";
import { type Paces, paceOf, pacesOf } from "./paired-timings.ts";

const ROUNDS = 9;

export async function cloning(server: Server, databases: Databases, release: Release): Promise<Paces> {
  const steps = [...release.baseline, ...release.migrate];
  const migrate = async (session: Session): Promise<void> => {
    const refused = refusedIn(await apply(session, steps));
    if (refused !== undefined) {
      throw new HarnessError(
        `${release.name} cannot be measured: ${describeRefusal(refused)}`,
        "Mend the statement, or measure with another release",
      );
    }
  };
  const recipe: Recipe = { parts: ["bench", ...steps.map(({ source }) => source)], build: migrate };
  await using maintenance = await Session.open(server.connection("postgres"));

  return await pacesOf(
    "A migrated database",
    "databases/s",
    {
      "a clone of a template": () => paceOf(() => clone(databases, recipe)),
      "created and migrated": () => paceOf(() => create(server, maintenance, migrate)),
    },
    ROUNDS,
  );
}

async function clone(databases: Databases, recipe: Recipe): Promise<void> {
  await using database = await databases.clone(recipe);
  await database.connect();
}

async function create(
  server: Server,
  maintenance: Session,
  migrate: (session: Session) => Promise<void>,
): Promise<void> {
  await maintenance.query("CREATE DATABASE bench TEMPLATE template0");
  try {
    await using session = await Session.open(server.connection("bench"));
    await migrate(session);
  } finally {
    await maintenance.query("DROP DATABASE bench WITH (FORCE)");
  }
}
