/**
 * Rule M2, and S4, R1, R4 and R5 where a statement is stopped: cancelled, killed with its session, or ended by a crash
 * of the server. The cases go through every spot of every statement, the most telling ones first.
 */
import { array, constantFrom, oneof } from "fast-check";
import { Inconclusive } from "../../harness/errors.ts";
import { describeStrike } from "../../harness/fault/fault.ts";
import { strikeStep } from "../../harness/fault/interrupt-step.ts";
import { property } from "../../harness/property/property.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import type { Stage } from "../../harness/release/recorded-database.ts";
import { type Picture, pictureOf, sameCatalog, sameRows } from "./database/compare.ts";
import { type DataStrike, dataStrikes, strikeOf, workOf } from "./database/data-faults.ts";
import {
  type Arena,
  alive,
  crashed,
  type Family,
  inTurn,
  many,
  played,
  points,
  THREE,
  undisturbed,
} from "./database/fault-kinds.ts";
import { endedOtherwise, endingOf, sameEnding } from "./database/final-state.ts";
import { type Point, pointAt } from "./database/injection-points.ts";
import { use } from "./database/simulate-usage.ts";
import { insertAccounts } from "./database/sql.ts";
import { type Rollback, rollBack } from "./database/states.ts";
import { type Table, tables } from "./model/tables.ts";
import type { CreditsContext } from "./world.ts";

/** A table, and how many organizations there are in it. */
const sized = () =>
  oneof(
    {
      weight: 2,
      arbitrary: tables(4).map((table) => ({ table: table as Table, count: table.accounts.length })),
    },
    { weight: 1, arbitrary: constantFrom(101, 230).map((count) => ({ table: many(count), count })) },
  );

const few = { table: THREE, count: 3 };
const batches = { table: many(230), count: 230 };

const DATA_EXAMPLES: readonly (Omit<DataStrike, "mode"> & { readonly size: typeof few })[] = [
  { size: few, at: "before the log row", row: 1 },
  { size: batches, at: "in the commit", row: 120 },
  { size: few, at: "after the log row", row: 0 },
  { size: batches, at: "before the update", row: 215 },
  { size: few, at: "in the commit", row: 2 },
];

function resumes(id: string, title: string, { cost, modes, within }: Family) {
  const examples = DATA_EXAMPLES.map(({ size, ...strike }, index) => ({
    size,
    strikes: [{ ...strike, mode: modes[index % modes.length] ?? "cancel" }],
  }));

  return property(id, title, {
    cost,
    given: { size: sized(), strikes: array(dataStrikes(modes), { minLength: 1, maxLength: 2 }) },
    examples,
    async holds({ size: { table, count }, strikes }, outer: CreditsContext) {
      const { migrate } = outer.release;
      const name = JSON.stringify(table);

      return await within(outer, async ({ world, crash }) => {
        const [right, stage] = await Promise.all([
          undisturbed(outer, name, () => played(outer, table, migrate)),
          played(world, table, world.schemaSteps),
        ]);
        const step = world.dataStep;
        const statement = workOf(step);
        if (statement === undefined) {
          throw new Inconclusive("the data migration has no statement that does any work");
        }
        for (const strike of strikes) {
          await strikeStep(stage, {
            step,
            statement,
            strike: strikeOf(strike, count),
            ...(crash && { crash }),
          });
        }
        await stage.apply([step]);

        return await sameEnding(stage, right, "all is as after a run that was not stopped");
      });
    },
  });
}

export const dataMigrationResumes = resumes(
  "M2",
  "a data migration that is cancelled or killed at any row and run again ends as one that was not stopped",
  alive,
);
export const dataMigrationRecovers = resumes(
  "M2-crash",
  "after a crash of the server at any row, the data migration run again ends as one that was not stopped",
  crashed,
);

/** What is struck, in words. */
function told({ step, statement, strike, goesOn }: Point): string {
  const then = goesOn ? ", psql went on with the next" : "";

  return `${step.path}, line ${statement.line}, was ${describeStrike(strike)}${then}`;
}

/** Migrates as far as the point, which is struck. */
async function strikeMigrating(stage: Stage, point: Point, { world, crash }: Arena): Promise<void> {
  await stage.apply(world.release.migrate.slice(0, point.index));
  await strikeStep(stage, { ...point, ...(crash && { crash }) });
}

function repeats(id: string, title: string, { cost, ways, within }: Family) {
  return property(id, title, {
    cost,
    given: { point: points() },
    examples: inTurn.map((point) => ({ point })),
    async holds({ point: { at } }, outer: CreditsContext) {
      const { migrate } = outer.release;
      const point = pointAt(migrate, ways, at);

      return await within(outer, async (arena) => {
        const right = await undisturbed(outer, "migrated", () => played(outer, THREE, migrate));
        const stage = await arena.world.baseline(THREE);
        await strikeMigrating(stage, point, arena);
        const refused = stage.refused(
          await stage.apply([point.step]),
          `${told(point)}; the step can be applied again`,
          "Make the statement repeatable, whatever became of it the first time",
        );
        await stage.apply(migrate.slice(point.index + 1));

        return (
          refused ??
          (await sameEnding(stage, right, `${told(point)}; all is as after a migration that was not stopped`))
        );
      });
    },
  });
}

export const stepRepeats = repeats(
  "S4-struck",
  "a step whose statement is cancelled or killed can be applied again, and the migration ends as one that was not stopped",
  alive,
);
export const stepRecovers = repeats(
  "S4-crash",
  "a step in which the server crashes can be applied again, and the migration ends as one that was not stopped",
  crashed,
);

function restores(id: string, title: string, { cost, ways, within }: Family) {
  return property(id, title, {
    cost,
    given: { point: points() },
    examples: inTurn.map((point) => ({ point })),
    async holds({ point: { at } }, outer: CreditsContext) {
      const point = pointAt(outer.release.migrate, ways, at);

      return await within(outer, async (arena) => {
        const stage = await arena.world.baseline(THREE);
        const before = await pictureOf(stage);
        await strikeMigrating(stage, point, arena);

        return await rolledBack(arena.world, stage, before, told(point));
      });
    },
  });
}

/** The emergency rollback runs and restores the baseline. */
async function rolledBack(
  world: CreditsContext,
  stage: Stage,
  before: Picture,
  after: string,
): Promise<Violation | undefined> {
  return (
    stage.refused(
      await rollBack(world, stage, "emergency"),
      `${after}; the emergency rollback runs without an error`,
    ) ??
    (await sameCatalog(stage, before.catalog, `${after}; the emergency rollback restores the catalog`)) ??
    (await sameRows(stage, before, `${after}; the emergency rollback restores every value`, { mayLog: true }))
  );
}

export const struckMigrationIsUndone = restores(
  "R1-struck",
  "the emergency rollback restores the baseline after a migration that was cancelled or killed anywhere",
  alive,
);
export const crashedMigrationIsUndone = restores(
  "R1-crash",
  "the emergency rollback restores the baseline after a migration in which the server crashed",
  crashed,
);

/** A migrated database in use. */
async function inUse(world: CreditsContext): Promise<Stage> {
  const stage = await world.migrated();
  await stage.prepare("organizations", insertAccounts(THREE.accounts));
  await stage.apply([world.dataStep]);
  const consume = { kind: "consume", type: "ai", credits: 7 } as const;
  await use(stage, THREE.accounts, [
    { ...consume, organization: 0 },
    { ...consume, organization: 1 },
  ]);

  return stage;
}

/** A rollback that is struck has changed nothing or is complete; run again, it is complete. */
function allOrNothing(id: string, title: string, kind: Rollback, { cost, ways, within }: Family) {
  return property(id, title, {
    cost,
    given: { point: points() },
    examples: inTurn.map((point) => ({ point })),
    async holds({ point: { at } }, outer: CreditsContext) {
      const steps = outer.steps(kind);
      const point = pointAt(steps, ways, at);

      return await within(outer, async ({ world, crash }) => {
        const before = await undisturbed(outer, "in use", () => inUse(outer));
        const complete = await undisturbed(outer, kind, async () => {
          const stage = await inUse(outer);
          await stage.apply(steps);

          return stage;
        });
        const stage = await inUse(world);
        await stage.apply(steps.slice(0, point.index));
        await strikeStep(stage, { ...point, ...(crash && { crash }) });
        const ending = await endingOf(stage);
        const expected = `${told(point)}; either nothing has changed or all`;
        const half =
          endedOtherwise(stage, ending, complete, expected) &&
          endedOtherwise(stage, ending, before, expected);
        await rollBack(world, stage, kind);

        return half ?? (await sameEnding(stage, complete, `${told(point)}; run again, it is complete`));
      });
    },
  });
}

export const struckEmergency = allOrNothing(
  "R4-struck",
  "an emergency rollback that is cancelled or killed changes nothing or all, and run again it is complete",
  "emergency",
  alive,
);
export const crashedEmergency = allOrNothing(
  "R4-crash",
  "an emergency rollback in which the server crashes changes nothing or all, and run again it is complete",
  "emergency",
  crashed,
);
export const struckControlled = allOrNothing(
  "R5-struck",
  "a controlled rollback that is cancelled or killed changes nothing or all, and run again it is complete",
  "controlled",
  alive,
);
export const crashedControlled = allOrNothing(
  "R5-crash",
  "a controlled rollback in which the server crashes changes nothing or all, and run again it is complete",
  "controlled",
  crashed,
);
