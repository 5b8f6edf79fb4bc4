/** Finds the rows that up refuses: on which rows, at which statement, and what it would have to assume. */
import { loadParser } from "../../harness/release/parser.ts";
import type { Aim } from "../../harness/rows/directed.ts";
import type { Dataset } from "../../harness/rows/generate-row.ts";
import type { SchemaModel } from "../../harness/rows/schema-model.ts";
import type { Failure } from "./apply-within.ts";
import { type Assumption, assumeAim, assumeUpdate } from "./model/assumption.ts";
import { matchAim, nameFailure } from "./model/match-aim.ts";
import type { GeneratedRows, RowLevel } from "./observation.ts";
import { shrinkDataset } from "./shrink.ts";
import type { MigrationWorld } from "./world.ts";

/** One way in which up fails. */
export interface Refusal {
  readonly failure: Failure;
  /** The smallest rows that were found. */
  readonly rows: GeneratedRows;
  /** The constraint of the schema after that these rows violate. */
  readonly aim?: Aim;
  /** What the rows break, if it is known; the server has counted at least one such row. */
  readonly assumption?: Assumption;
}

const SHRINKS_MAX = 40;
/** Every further try of what does not end takes as long as its limit, or a database of its own. */
const COSTLY_SHRINKS_MAX = 4;
/** More ways to fail than these are not told apart. */
const REFUSALS_MAX = 8;

/** Finds the ways in which up fails, on empty tables first; one that fails there has no other. */
export function findRefusals(world: MigrationWorld): Promise<readonly Refusal[]> {
  return world.once("refusals", async () => {
    const found = new Map<string, { readonly level: RowLevel; readonly dataset: Dataset; readonly failure: Failure }>();
    for (const { level, dataset } of await listDatasets(world)) {
      const { failure } = await world.attempt(level, dataset);
      if (failure === undefined) continue;
      const name = nameFailure(failure);
      if (!found.has(name)) found.set(name, { level, dataset, failure });
      if (level === "empty" || failure.isEndless || found.size === REFUSALS_MAX) break;
    }
    const refusals: Refusal[] = [];
    for (const [name, { level, dataset, failure }] of found) {
      const refusal = await describeRefusal(world, name, level, dataset, failure);
      if (refusal !== undefined) refusals.push(refusal);
    }

    return refusals;
  });
}

async function listDatasets(
  world: MigrationWorld,
): Promise<readonly { readonly level: RowLevel; readonly dataset: Dataset }[]> {
  const list: readonly (readonly [RowLevel, readonly Dataset[]])[] = [
    ["empty", [{}]],
    ["mild", await world.mild()],
    ["directed", await world.directed()],
    ["boundary", await world.boundary()],
  ];

  return list.flatMap(([level, datasets]) => datasets.map((dataset) => ({ level, dataset })));
}

/** @returns undefined if up does not fail so where it is applied as its tool does it */
async function describeRefusal(
  world: MigrationWorld,
  name: string,
  level: RowLevel,
  dataset: Dataset,
  failure: Failure,
): Promise<Refusal | undefined> {
  const trials = await world.trials();
  const fails = async (smaller: Dataset): Promise<boolean> => {
    const trial = await trials.attempt(level, smaller);

    return trial.failure !== undefined && nameFailure(trial.failure) === name;
  };
  const limit = failure.isEndless || !trials.isCheap ? COSTLY_SHRINKS_MAX : SHRINKS_MAX;
  const smallest = await shrinkDataset(await world.shrinker(), dataset, fails, limit);
  const { rows } = await trials.attempt(level, smallest);
  const confirmed = await trials.applyTo(rows);
  if (confirmed === undefined || nameFailure(confirmed) !== name) return undefined;
  const schemas = await world.schemas();
  const aim = schemas && matchAim(confirmed, await world.aims());
  const assumption = schemas && (await assume(confirmed, aim, schemas));
  const isCounted = assumption !== undefined && (await trials.countBroken(rows, assumption)) > 0;

  return { failure: confirmed, rows, ...(aim && { aim }), ...(isCounted && { assumption }) };
}

async function assume(
  { statement, error }: Failure,
  aim: Aim | undefined,
  schemas: { readonly before: SchemaModel; readonly after: SchemaModel },
): Promise<Assumption | undefined> {
  if (aim !== undefined) return assumeAim(aim, schemas);
  const [, constraint] = /unique constraint "([^"]+)"/.exec(error.message) ?? [];

  return constraint === undefined || error.code !== "23505"
    ? undefined
    : assumeUpdate(await loadParser(), statement.text, constraint, schemas.before);
}
