/** Reads what the statements of a migration name. */
import type { Snapshot } from "../../harness/catalog/snapshot.ts";
import { loadParser } from "../../harness/release/parser.ts";
import { listBodies, Targets } from "../../harness/release/targets/targets.ts";
import type { MigrationWorld } from "./world.ts";

/** What up names, with the bodies of the functions that were there before it. */
export function readTargets(world: MigrationWorld, { catalog }: Snapshot): Promise<Targets> {
  return world.once(
    "targets",
    async () => new Targets(await loadParser(), world.release.lists.migrate, listBodies(catalog)),
  );
}
