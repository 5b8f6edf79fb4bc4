/** Tries a migration on rows that its UPDATEs and DELETEs take, though the generated rows may be none of those. */
import { Inconclusive } from "../../harness/errors.ts";
import { loadParser } from "../../harness/release/parser.ts";
import { formatTaken } from "./model/taken-rows.ts";
import type { MigrationObservation } from "./observation.ts";
import type { MigrationWorld } from "./world.ts";

/** Forgotten with the observation that they were made of. */
const known = new WeakMap<MigrationObservation, Promise<MigrationObservation>>();

/** What up does to the rows of an observation after some were changed; the observation where none can be. */
export function observeTaken(world: MigrationWorld, observation: MigrationObservation): Promise<MigrationObservation> {
  const taken = known.get(observation) ?? observeChanged(world, observation);
  known.set(observation, taken);

  return taken;
}

async function observeChanged(world: MigrationWorld, observation: MigrationObservation): Promise<MigrationObservation> {
  const { rows, before } = observation;
  const statements = world.release.lists.migrate.flatMap((step) => step.statements);
  const changes = formatTaken(await loadParser(), statements, before.tables);
  const accepted =
    changes.length === 0
      ? []
      : await world.withDatabase(rows, async ({ session }) => {
          const results: string[] = [];
          for (const change of changes) {
            if ((await session.tryExecute(change)).error === undefined) results.push(change);
          }

          return results;
        });
  if (accepted.length === 0) return observation;
  try {
    return await world.observeOn({ ...rows, inserts: [rows.inserts, ...accepted].join("\n") });
  } catch (thrown) {
    if (!(thrown instanceof Inconclusive)) throw thrown;

    return observation;
  }
}
