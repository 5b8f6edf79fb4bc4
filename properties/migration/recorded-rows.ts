/** Generates the rows on which a recorded migration is run again. */
import type { RowSet } from "../../harness/recording/record-variants.ts";
import { loadParser } from "../../harness/release/parser.ts";
import type { TestResources } from "../../harness/suite/test-resources.ts";
import { assumedSource } from "./assumed-source.ts";
import { findReadColumns } from "./model/evaluated-columns.ts";
import { ROW_TITLES } from "./observation.ts";
import { oddValues } from "./row-sets.ts";
import { MigrationWorld } from "./world.ts";

/**
 * Rows that the schema before and what is assumed allow: ordinary ones, the first dataset of odd ones, and rows with each odd
 * value of the columns that the code reads.
 */
export async function generateRowSets(resources: TestResources): Promise<readonly RowSet[]> {
  const { release } = resources;
  const origin = release.origin && { origin: { ...release.origin, ownRowsOnly: false } };
  const world = new MigrationWorld({ ...resources, release: { ...release, ...origin } });
  const source = (await assumedSource(world)) ?? (await world.trials()).free;
  const trials = await world.trials();
  const statements = release.lists.migrate.flatMap((step) => step.statements);
  const read = findReadColumns(await loadParser(), statements, source.plan.schema);
  const boundary = await world.boundary(source);
  const odd = boundary.length === 0 ? undefined : oddValues(trials, source, read, world.seed);
  const levels = [
    { level: "mild", title: ROW_TITLES.mild, datasets: await world.mild(source) },
    { level: "boundary", title: "odd rows", datasets: boundary },
    { level: "directed", title: "odd values", datasets: odd === undefined ? [] : [odd] },
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
