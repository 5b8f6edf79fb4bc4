/** Applies a migration while the old version of the application inserts rows: before it, after it, or between its statements. */
import { readSnapshot, type Snapshot } from "../../harness/catalog/snapshot.ts";
import type { Session } from "../../harness/database/session.ts";
import { getBaselineSteps } from "../../harness/release/recipes.ts";
import type { Step } from "../../harness/release/release.ts";
import { type ScriptPart, toFirstPart, toScriptParts } from "../../harness/release/script-part.ts";
import { applyWithin, type Failure } from "./apply-within.ts";
import { keepUntreated, type LateRow, pickLateRows } from "./model/late-rows.ts";
import { findNumberedColumns } from "./model/mask-cells.ts";
import { compareNumbered, type StateDifference } from "./model/state-differences.ts";
import { type Stop, toRestOfStep } from "./model/stops.ts";
import type { MigrationObservation } from "./observation.ts";
import { readTargets } from "./read-targets.ts";
import type { MigrationWorld } from "./world.ts";

/** When rows are inserted. */
type Moment = "before" | "after" | Stop;

interface LateRun {
  /** The rows that the schema of the moment accepted. */
  readonly accepted: readonly LateRow[];
  readonly final: Snapshot;
  /** Of what is applied after the moment. */
  readonly failure?: Failure;
  /** The script after the rows. */
  readonly parts: readonly ScriptPart[];
}

export interface ComparedRun extends LateRun {
  /** What the migration does to rows that are there before it, and did not do to these. */
  readonly differences: readonly StateDifference[];
}

/** What becomes of late rows of an observation, compared with what becomes of them if they are there before. */
export class LateTrial {
  readonly #world: MigrationWorld;
  readonly #observation: MigrationObservation;
  readonly #late: readonly LateRow[];
  /** By the statements that insert the rows. */
  readonly #early = new Map<string, Promise<LateRun | undefined>>();

  constructor(world: MigrationWorld, observation: MigrationObservation) {
    this.#world = world;
    this.#observation = observation;
    this.#late = pickLateRows(observation);
  }

  /** @returns undefined where no row is accepted at the moment, or where the migration does not succeed without them */
  async compareAt(moment: Moment, rows = this.#late): Promise<ComparedRun | undefined> {
    if (rows.length === 0) return undefined;
    const run = await this.#insertAt(moment, rows);
    if (run === undefined || run.accepted.length === 0) return undefined;
    const early = await this.#insertEarly(run.accepted);
    if (early === undefined) return undefined;
    if (run.failure !== undefined) return { ...run, differences: [] };
    const numbered = findNumberedColumns(early.final);
    const { release } = this.#world;
    const targets = await readTargets(this.#world, this.#observation.before);
    const text = release.lists.migrate.map(({ source }) => source).join("\n");
    const compare = (twin: Snapshot): readonly StateDifference[] =>
      keepUntreated(this.#observation.before, early.final, compareNumbered(early.final, run.final, twin, numbered), {
        targets,
        text,
      });
    if (compare(early.final).length === 0) return { ...run, differences: [] };
    const twin = await this.#insertAt("before", run.accepted);

    return twin && { ...run, differences: compare(twin.final) };
  }

  /** @returns undefined where the migration fails then, or where not all rows are accepted */
  async #insertEarly(rows: readonly LateRow[]): Promise<LateRun | undefined> {
    const key = rows.map(({ insert }) => insert).join(";");
    const running = this.#early.get(key) ?? this.#insertAt("before", rows);
    this.#early.set(key, running);
    const run = await running;

    return run?.failure !== undefined || run?.accepted.length !== rows.length ? undefined : run;
  }

  /**
   * Leaves all late rows out, and inserts some at the moment in a session of their own, as far as they are accepted.
   * @returns undefined where the migration fails before the moment
   */
  async #insertAt(moment: Moment, rows: readonly LateRow[]): Promise<LateRun | undefined> {
    const { first, rest, parts } = splitAt(this.#world.release.lists.migrate, moment);
    const baseline = getBaselineSteps(this.#world.release);

    return await this.#world.withDatabase(this.#observation.rows, async (db) => {
      const removed = await removeAll(db.session, this.#late);
      if ((await applyWithin(db.session, first, baseline)).failure !== undefined) return undefined;
      await using application = await db.database.connect();
      const accepted = await insertAll(
        application,
        rows.filter((row) => removed.includes(row)),
      );
      const { failure } = await applyWithin(db.session, rest, [...baseline, ...first]);

      return {
        ...{ accepted, final: await readSnapshot(await db.database.observer()), ...(failure && { failure }) },
        parts: [
          { title: "without the rows that come later", sql: formatRemoval(removed) },
          ...parts,
          { title: "the old version inserts rows", sql: accepted.map(({ insert }) => `${insert};\n`).join("") },
          ...toScriptParts(rest),
        ],
      };
    });
  }
}

interface Split {
  readonly first: readonly Step[];
  readonly rest: readonly Step[];
  /** Of the script, up to the moment. */
  readonly parts: readonly ScriptPart[];
}

function splitAt(migrate: readonly Step[], moment: Moment): Split {
  if (moment === "before") return { first: [], rest: migrate, parts: [] };
  if (moment === "after") return { first: migrate, rest: [], parts: toScriptParts(migrate) };
  const { step, count } = moment;
  const at = migrate.findIndex(({ file }) => file === step.file);
  const earlier = migrate.slice(0, at);

  return {
    first: [...earlier, { ...step, statements: step.statements.slice(0, count) }],
    rest: [toRestOfStep(step, count), ...migrate.slice(at + 1)],
    parts: [...toScriptParts(earlier), toFirstPart(step, count)],
  };
}

const REPLICA = "SET session_replication_role = replica";
const ORIGIN = "RESET session_replication_role";

/** Without what triggers and foreign keys would do: the rows were never there. @returns those that were */
async function removeAll(session: Session, late: readonly LateRow[]): Promise<readonly LateRow[]> {
  const removed: LateRow[] = [];
  await session.query(REPLICA);
  for (const row of late) {
    if ((await session.tryExecute(row.remove)).rows.length > 0) removed.push(row);
  }
  await session.query(ORIGIN);

  return removed;
}

function formatRemoval(removed: readonly LateRow[]): string {
  return [REPLICA, ...removed.map(({ remove }) => remove.replace(/ RETURNING 1$/, "")), ORIGIN].join(";\n").concat(";");
}

async function insertAll(session: Session, late: readonly LateRow[]): Promise<readonly LateRow[]> {
  const accepted: LateRow[] = [];
  for (const row of late) {
    if ((await session.tryExecute(row.insert)).error === undefined) accepted.push(row);
  }

  return accepted;
}
