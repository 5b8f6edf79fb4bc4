/** Finds tables whose rows a migration is about, and that have none, because the server accepts none. */
import type { SnapshotTable } from "../../harness/catalog/snapshot.ts";
import { Inconclusive } from "../../harness/errors.ts";
import { explainRejection } from "../../harness/rows/explain-rejection.ts";
import type { FilledTable } from "../../harness/rows/fill-database.ts";
import { tableKey } from "../../harness/rows/schema-model.ts";
import { readTargets } from "./read-targets.ts";
import type { MigrationWorld } from "./world.ts";

/**
 * Says why a rule about rows that nothing violates is not known to hold: up updates or deletes rows of a table, or
 * restricts them, and each row that was tried was rejected. Undefined where the rule is known to hold.
 */
export async function explainUnfilled(world: MigrationWorld): Promise<string | undefined> {
  return await world.once("unfilled", async () => await findUnfilled(world));
}

async function findUnfilled(world: MigrationWorld): Promise<string | undefined> {
  const observation = await world.observe().catch((thrown: unknown) => {
    // Where up fails on all rows, each rule says so itself.
    if (thrown instanceof Inconclusive) return undefined;
    throw thrown;
  });
  if (observation === undefined) return undefined;
  const { rows, before } = observation;
  const rejected = rows.filled.filter((filled) => filled.accepted.length === 0 && filled.rejected.length > 0);
  if (rejected.length === 0) return undefined;
  const targets = await readTargets(world, before);
  const restricted = new Set((await world.aims()).map(({ table }) => table));
  const isAbout = (table: SnapshotTable): boolean =>
    restricted.has(tableKey(table)) ||
    (["update", "delete"] as const).some((kind) => targets.isWritten({ within: table.schema, name: table.name }, kind));

  for (const table of before.tables) {
    const filled = rejected.find(({ of }) => of.key === tableKey(table));
    if (filled !== undefined && table.rows.length === 0 && isAbout(table)) return describe(filled);
  }

  return undefined;
}

function describe({ of, rejected: [row] }: FilledTable): string {
  const explained = row && explainRejection(of, row);

  return `no row of ${of.key} was accepted (${explained?.reason}), and up is about its rows; ${explained?.advice}`;
}
