/** Reads what the statements of a migration name. */
import type { Snapshot } from "../../harness/catalog/snapshot.ts";
import { loadParser } from "../../harness/release/parser.ts";
import { listBodies, Targets } from "../../harness/release/targets/targets.ts";
import { leaveOutFollowers } from "./model/followers.ts";
import type { StateDifference } from "./model/state-differences.ts";
import type { MigrationObservation } from "./observation.ts";
import type { MigrationWorld } from "./world.ts";

/** What up names, with the bodies of the functions that were there before it. */
export function readTargets(world: MigrationWorld, { catalog }: Snapshot): Promise<Targets> {
  return world.once(
    "targets",
    async () => new Targets(await loadParser(), world.release.lists.migrate, listBodies(catalog)),
  );
}

/** The differences but those that the user's own triggers make in tables that neither up nor a rollback touches. */
export async function dropFollowers(
  world: MigrationWorld,
  { before, after }: Pick<MigrationObservation, "before" | "after">,
  differences: readonly StateDifference[],
): Promise<readonly StateDifference[]> {
  if (differences.length === 0) return differences;
  const targets = await world.once("targets both ways", async () => {
    const { lists } = world.release;
    const rollbacks = Object.entries(lists).flatMap(([name, steps = []]) => (/^rollback\b/.test(name) ? steps : []));

    return new Targets(await loadParser(), [...lists.migrate, ...rollbacks], listBodies(before.catalog));
  });

  return leaveOutFollowers(differences, { before, after, targets });
}
