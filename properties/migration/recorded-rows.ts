/** Generates the rows on which a recorded migration is run again. */
import type { RowSet } from "../../harness/recording/record-variants.ts";
import type { TestResources } from "../../harness/suite/test-resources.ts";
import { assumedSource } from "./assumed-source.ts";
import { ROW_TITLES } from "./observation.ts";
import { MigrationWorld } from "./world.ts";

/** Rows that the schema before and what is assumed allow: ordinary ones, and the first dataset of odd ones. */
export async function generateRowSets(resources: TestResources): Promise<readonly RowSet[]> {
  const { release } = resources;
  const origin = release.origin && { origin: { ...release.origin, ownRowsOnly: false } };
  const world = new MigrationWorld({ ...resources, release: { ...release, ...origin } });
  const source = (await assumedSource(world)) ?? (await world.trials()).free;
  const levels = [
    { level: "mild", title: ROW_TITLES.mild, datasets: await world.mild(source) },
    { level: "boundary", title: "odd rows", datasets: await world.boundary(source) },
  ] as const;
  const found: RowSet[] = [];
  for (const { level, title, datasets } of levels) {
    const [dataset] = datasets;
    // Whether up succeeds does not matter: what its tool does on these rows is to be found out.
    const inserts = dataset === undefined ? "" : (await world.attempt(level, dataset, source)).rows.inserts;
    if (inserts !== "") found.push({ title, inserts });
  }

  return found;
}
