/** Stops a migration after some of its statements, and runs it again in a new session. */
import { readSnapshot, type Snapshot } from "../../harness/catalog/snapshot.ts";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import { getBaselineSteps } from "../../harness/release/recipes.ts";
import type { Release, Step } from "../../harness/release/release.ts";
import { type ScriptPart, toFirstPart, toScriptParts } from "../../harness/release/script-part.ts";
import { getTransactionMode } from "../../harness/release/transactions.ts";
import { applyWithin, type Failure } from "./apply-within.ts";
import { findNumberedColumns } from "./model/mask-cells.ts";
import { compareNumbered, type StateDifference } from "./model/state-differences.ts";
import { listStops, type Stop, toSplitStep } from "./model/stops.ts";
import type { GeneratedRows, MigrationObservation } from "./observation.ts";
import { repeat } from "./other-runs.ts";
import { dropFollowers } from "./read-targets.ts";
import type { MigrationWorld } from "./world.ts";

export interface Rerun {
  readonly stopped: Snapshot;
  readonly final: Snapshot;
  /** Of the second run. */
  readonly failure?: Failure;
  /** Nothing was sent after the failure. */
  readonly isEnd: boolean;
  /** The script after the rows. */
  readonly parts: readonly ScriptPart[];
}

export const NEW_SESSION: ScriptPart = { title: "a new session", sql: "DISCARD ALL;" };

/** Each step that is more than one transaction, as it is applied. */
export function listSplitSteps({ lists }: Release): readonly Step[] {
  return lists.migrate.flatMap((step) => toSplitStep(step) ?? []);
}

/** The stops of a migration but for those after the last statement of a step, which has done all then. */
export function listEarlyStops(release: Release): readonly Stop[] {
  return listSplitSteps(release).flatMap((step) => listStops(step).slice(0, -1));
}

/**
 * Applies all up to a stop, and from a new session on the step that was stopped and those after it.
 * @param between changes what the first run left, and says how
 */
export async function runAgain(
  world: MigrationWorld,
  rows: GeneratedRows,
  { step, count }: Stop,
  between?: (db: RecordedDatabase) => Promise<ScriptPart | undefined>,
): Promise<Rerun | undefined> {
  const { migrate } = world.release.lists;
  const at = migrate.findIndex(({ file }) => file === step.file);
  const earlier = migrate.slice(0, at);
  const first: Step = { ...step, statements: step.statements.slice(0, count) };
  const baseline = getBaselineSteps(world.release);
  return await world.withDatabase(rows, async (db) => {
    await applyWithin(db.session, [...earlier, first], baseline);
    const left = between === undefined ? undefined : await between(db);
    if (between !== undefined && left === undefined) return undefined;
    const stopped = await readSnapshot(await db.database.observer());
    await db.reconnect();
    const { failure } = await applyWithin(
      db.session,
      [step, ...migrate.slice(at + 1)],
      [...baseline, ...earlier, first],
    );

    return {
      ...{ stopped, final: await readSnapshot(await db.database.observer()), ...(failure && { failure }) },
      isEnd:
        failure !== undefined &&
        (getTransactionMode(failure.step) !== "statement" || failure.step.stopsAtError === true),
      parts: [
        ...toScriptParts(earlier),
        toFirstPart(step, count),
        ...(left === undefined ? [] : [left]),
        NEW_SESSION,
        ...toPartsUntil([step, ...migrate.slice(at + 1)], failure),
      ],
    };
  });
}

/** Up to the statement that fails, after which a tool sends nothing. */
function toPartsUntil(steps: readonly Step[], failure: Failure | undefined): readonly ScriptPart[] {
  const at = failure?.step.stopsAtError === true ? steps.findIndex(({ file }) => file === failure.step.file) : -1;
  const step = steps[at];
  if (failure === undefined || step === undefined) return toScriptParts(steps);

  return [...toScriptParts(steps.slice(0, at)), toFirstPart(step, step.statements.indexOf(failure.statement) + 1)];
}

/** What differs from the state without the stop. A generated number may be another one. */
export async function compareWithUsual(
  world: MigrationWorld,
  observation: MigrationObservation,
  final: Snapshot,
): Promise<readonly StateDifference[]> {
  const { after } = observation;
  const numbered = findNumberedColumns(after);
  if (compareNumbered(after, final, after, numbered).length === 0) return [];
  const differences = compareNumbered(after, final, await repeat(world, observation), numbered);

  return await dropFollowers(world, observation, differences);
}

/**
 * The rows that a second run changed although it failed.
 * @param repeatFirst what another first run like that leaves
 */
export async function findRepeated(
  world: MigrationWorld,
  { stopped, final }: Rerun,
  repeatFirst: () => Promise<Snapshot>,
): Promise<readonly StateDifference[]> {
  const compare = (twin: Snapshot): readonly StateDifference[] =>
    compareNumbered(stopped, final, twin, findNumberedColumns(stopped)).filter(({ what }) => what !== "schema");

  if (compare(stopped).length === 0) return [];

  return await dropFollowers(world, { before: stopped, after: final }, compare(await repeatFirst()));
}
