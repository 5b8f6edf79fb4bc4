/** Tries a migration on rows that its UPDATEs and DELETEs take, though the generated rows may be none of those. */
import { Inconclusive } from "../../harness/errors.ts";
import { loadParser } from "../../harness/release/parser.ts";
import { formatTaken } from "./model/taken-rows.ts";
import type { MigrationObservation } from "./observation.ts";
import type { MigrationWorld } from "./world.ts";

interface Taken {
  /** What is done to the rows of an observation, each for another statement of the migration. */
  readonly changes: readonly string[];
  readonly observation: MigrationObservation;
}

/** Forgotten with the observation that they were made of. */
const known = new WeakMap<MigrationObservation, Promise<Taken>>();

/** What up does to the rows of an observation after some were changed; the observation where none can be. */
export async function observeTaken(
  world: MigrationWorld,
  observation: MigrationObservation,
): Promise<MigrationObservation> {
  return (await takeTogether(world, observation)).observation;
}

/** More are not tried alone. */
const ALONE_MAX = 4;

/** The same, and then after each change alone: what one statement makes of a row may hide behind what another makes. */
export async function* observeTakenInTurn(
  world: MigrationWorld,
  observation: MigrationObservation,
): AsyncGenerator<MigrationObservation> {
  const { changes, observation: together } = await takeTogether(world, observation);
  yield together;
  for (const change of changes.length > 1 ? changes.slice(0, ALONE_MAX) : []) {
    const alone = await observeAfter(world, observation, [change]);
    if (alone !== undefined) yield alone;
  }
}

function takeTogether(world: MigrationWorld, observation: MigrationObservation): Promise<Taken> {
  const taken = known.get(observation) ?? takeAll(world, observation);
  known.set(observation, taken);

  return taken;
}

async function takeAll(world: MigrationWorld, observation: MigrationObservation): Promise<Taken> {
  const { rows, before } = observation;
  const statements = world.release.lists.migrate.flatMap((step) => step.statements);
  const wanted = formatTaken(await loadParser(), statements, before.tables);
  if (wanted.length === 0) return { changes: [], observation };
  const changes = await world.withDatabase(rows, async ({ session }) => {
    const accepted: string[] = [];
    for (const change of wanted) {
      if ((await session.tryExecute(change)).error === undefined) accepted.push(change);
    }

    return accepted;
  });

  return { changes, observation: (await observeAfter(world, observation, changes)) ?? observation };
}

/** @returns undefined where nothing is changed, or where up refuses the rows then */
async function observeAfter(
  world: MigrationWorld,
  { rows }: MigrationObservation,
  changes: readonly string[],
): Promise<MigrationObservation | undefined> {
  if (changes.length === 0) return undefined;
  try {
    return await world.observeOn({ ...rows, inserts: [rows.inserts, ...changes].join("\n") });
  } catch (thrown) {
    if (!(thrown instanceof Inconclusive)) throw thrown;

    return undefined;
  }
}
