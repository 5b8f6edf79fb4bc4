/** Reads what a migration runs as text. */
import { listBodies } from "../../harness/release/targets/targets.ts";
import type { MigrationObservation } from "./observation.ts";
import type { MigrationWorld } from "./world.ts";

/** The migration, and the bodies of the functions that it names. */
export function readCode(observation: MigrationObservation, world: MigrationWorld): readonly string[] {
  return [...world.release.lists.migrate.map(({ source }) => source), ...readNamedBodies(observation, world)];
}

/** The bodies of the functions that it names. */
export function readNamedBodies(
  { before, after }: MigrationObservation,
  { release }: MigrationWorld,
): readonly string[] {
  const sources = release.lists.migrate.map(({ source }) => source);
  const bodies = [before, after].flatMap(({ catalog }) => [...listBodies(catalog)]);

  return bodies.flatMap(([name, texts]) => (sources.some((source) => source.includes(name)) ? texts : []));
}
