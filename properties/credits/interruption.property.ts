/**
 * Rule M2, and S4, R1, R4 and R5 where a statement is stopped: cancelled, killed with its session, or ended by a crash
 * of the server. The cases go through every spot of every statement, the most telling ones first.
 */
import { array, constantFrom, oneof } from "fast-check";
import { Inconclusive } from "../../harness/errors.ts";
import { describeFault } from "../../harness/fault/fault.ts";
import { interruptStep } from "../../harness/fault/interrupt-step.ts";
import { property } from "../../harness/property/property.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import type { Stage } from "../../harness/release/recorded-database.ts";
import { type DataFault, dataFaults, findWorkStatement, toRowFault } from "./database/data-faults.ts";
import {
  applySteps,
  EVERY_POINT,
  type FaultKindGroup,
  type FaultSetting,
  manyOrganizations,
  pointNumbers,
  serverCrashes,
  sessionFaults,
  THREE_ORGANIZATIONS,
  uninterrupted,
} from "./database/fault-kinds.ts";
import { finalStateViolation, readFinalState, sameFinalState } from "./database/final-state.ts";
import { type FaultCase, faultCaseAt } from "./database/injection-points.ts";
import { simulateUsage } from "./database/simulate-usage.ts";
import { type Snapshot, sameCatalog, sameRows, takeSnapshot } from "./database/snapshot.ts";
import { insertAccounts } from "./database/sql.ts";
import { type RollbackKind, rollBack } from "./database/states.ts";
import { type BaselineTable, tables } from "./model/baseline-tables.ts";
import type { CreditsContext } from "./world.ts";

/** A table, and how many organizations there are in it. */
const sized = () =>
  oneof(
    {
      weight: 2,
      arbitrary: tables(4).map((table) => ({ table: table as BaselineTable, count: table.accounts.length })),
    },
    {
      weight: 1,
      arbitrary: constantFrom(101, 230).map((count) => ({ table: manyOrganizations(count), count })),
    },
  );

const few = { table: THREE_ORGANIZATIONS, count: 3 };
const batches = { table: manyOrganizations(230), count: 230 };

const DATA_EXAMPLES: readonly (Omit<DataFault, "mode"> & { readonly size: typeof few })[] = [
  { size: few, at: "before the log row", row: 1 },
  { size: batches, at: "in the commit", row: 120 },
  { size: few, at: "after the log row", row: 0 },
  { size: batches, at: "before the update", row: 215 },
  { size: few, at: "in the commit", row: 2 },
];

function resumes(id: string, title: string, { cost, modes, within }: FaultKindGroup) {
  const examples = DATA_EXAMPLES.map(({ size, ...strike }, index) => ({
    size,
    strikes: [{ ...strike, mode: modes[index % modes.length] ?? "cancel" }],
  }));

  return property(id, title, {
    cost,
    given: { size: sized(), strikes: array(dataFaults(modes), { minLength: 1, maxLength: 2 }) },
    examples,
    async holds({ size: { table, count }, strikes }, outer: CreditsContext) {
      const { migrate } = outer.release;
      const name = JSON.stringify(table);

      return await within(outer, async ({ world, crash }) => {
        const [right, stage] = await Promise.all([
          uninterrupted(outer, name, () => applySteps(outer, table, migrate)),
          applySteps(world, table, world.schemaSteps),
        ]);
        const step = world.dataStep;
        const statement = findWorkStatement(step);
        if (statement === undefined) {
          throw new Inconclusive("the data migration has no statement that does any work");
        }
        for (const strike of strikes) {
          await interruptStep(stage, {
            step,
            statement,
            fault: toRowFault(strike, count),
            ...(crash && { crash }),
          });
        }
        await stage.apply([step]);

        return await sameFinalState(stage, right, "all is as after a run that was not stopped");
      });
    },
  });
}

export const dataMigrationResumes = resumes(
  "M2",
  "a data migration that is cancelled or killed at any row and run again ends as one that was not stopped",
  sessionFaults,
);
export const dataMigrationRecovers = resumes(
  "M2-crash",
  "after a crash of the server at any row, the data migration run again ends as one that was not stopped",
  serverCrashes,
);

/** What is struck, in words. */
function told({ step, statement, strike, goesOn }: FaultCase): string {
  const then = goesOn ? ", psql went on with the next" : "";

  return `${step.path}, line ${statement.line}, was ${describeFault(strike)}${then}`;
}

/** Migrates as far as the point, which is struck. */
async function strikeMigrating(
  stage: Stage,
  point: FaultCase,
  { world, crash }: FaultSetting,
): Promise<void> {
  await stage.apply(world.release.migrate.slice(0, point.index));
  await interruptStep(stage, { ...point, ...(crash && { crash }) });
}

function repeats(id: string, title: string, { cost, ways, within }: FaultKindGroup) {
  return property(id, title, {
    cost,
    given: { point: pointNumbers() },
    examples: EVERY_POINT.map((point) => ({ point })),
    async holds({ point: { at } }, outer: CreditsContext) {
      const { migrate } = outer.release;
      const point = faultCaseAt(migrate, ways, at);

      return await within(outer, async (arena) => {
        const right = await uninterrupted(outer, "migrated", () =>
          applySteps(outer, THREE_ORGANIZATIONS, migrate),
        );
        const stage = await arena.world.baseline(THREE_ORGANIZATIONS);
        await strikeMigrating(stage, point, arena);
        const refused = stage.refused(
          await stage.apply([point.step]),
          `${told(point)}; the step can be applied again`,
          "Make the statement repeatable, whatever became of it the first time",
        );
        await stage.apply(migrate.slice(point.index + 1));

        return (
          refused ??
          (await sameFinalState(
            stage,
            right,
            `${told(point)}; all is as after a migration that was not stopped`,
          ))
        );
      });
    },
  });
}

export const stepRepeats = repeats(
  "S4-interrupted",
  "a step whose statement is cancelled or killed can be applied again, and the migration ends as one that was not stopped",
  sessionFaults,
);
export const stepRecovers = repeats(
  "S4-crash",
  "a step in which the server crashes can be applied again, and the migration ends as one that was not stopped",
  serverCrashes,
);

function restores(id: string, title: string, { cost, ways, within }: FaultKindGroup) {
  return property(id, title, {
    cost,
    given: { point: pointNumbers() },
    examples: EVERY_POINT.map((point) => ({ point })),
    async holds({ point: { at } }, outer: CreditsContext) {
      const point = faultCaseAt(outer.release.migrate, ways, at);

      return await within(outer, async (arena) => {
        const stage = await arena.world.baseline(THREE_ORGANIZATIONS);
        const before = await takeSnapshot(stage);
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
  before: Snapshot,
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

export const interruptedMigrationIsUndone = restores(
  "R1-interrupted",
  "the emergency rollback restores the baseline after a migration that was cancelled or killed anywhere",
  sessionFaults,
);
export const crashedMigrationIsUndone = restores(
  "R1-crash",
  "the emergency rollback restores the baseline after a migration in which the server crashed",
  serverCrashes,
);

/** A migrated database in use. */
async function inUse(world: CreditsContext): Promise<Stage> {
  const stage = await world.migrated();
  await stage.prepare("organizations", insertAccounts(THREE_ORGANIZATIONS.accounts));
  await stage.apply([world.dataStep]);
  const consume = { kind: "consume", type: "ai", credits: 7 } as const;
  await simulateUsage(stage, THREE_ORGANIZATIONS.accounts, [
    { ...consume, organization: 0 },
    { ...consume, organization: 1 },
  ]);

  return stage;
}

/** A rollback that is struck has changed nothing or is complete; run again, it is complete. */
function allOrNothing(id: string, title: string, kind: RollbackKind, { cost, ways, within }: FaultKindGroup) {
  return property(id, title, {
    cost,
    given: { point: pointNumbers() },
    examples: EVERY_POINT.map((point) => ({ point })),
    async holds({ point: { at } }, outer: CreditsContext) {
      const steps = outer.steps(kind);
      const point = faultCaseAt(steps, ways, at);

      return await within(outer, async ({ world, crash }) => {
        const before = await uninterrupted(outer, "in use", () => inUse(outer));
        const complete = await uninterrupted(outer, kind, async () => {
          const stage = await inUse(outer);
          await stage.apply(steps);

          return stage;
        });
        const stage = await inUse(world);
        await stage.apply(steps.slice(0, point.index));
        await interruptStep(stage, { ...point, ...(crash && { crash }) });
        const ending = await readFinalState(stage);
        const expected = `${told(point)}; either nothing has changed or all`;
        const half =
          finalStateViolation(stage, ending, complete, expected) &&
          finalStateViolation(stage, ending, before, expected);
        await rollBack(world, stage, kind);

        return half ?? (await sameFinalState(stage, complete, `${told(point)}; run again, it is complete`));
      });
    },
  });
}

export const interruptedEmergency = allOrNothing(
  "R4-interrupted",
  "an emergency rollback that is cancelled or killed changes nothing or all, and run again it is complete",
  "emergency",
  sessionFaults,
);
export const crashedEmergency = allOrNothing(
  "R4-crash",
  "an emergency rollback in which the server crashes changes nothing or all, and run again it is complete",
  "emergency",
  serverCrashes,
);
export const interruptedControlled = allOrNothing(
  "R5-interrupted",
  "a controlled rollback that is cancelled or killed changes nothing or all, and run again it is complete",
  "controlled",
  sessionFaults,
);
export const crashedControlled = allOrNothing(
  "R5-crash",
  "a controlled rollback in which the server crashes changes nothing or all, and run again it is complete",
  "controlled",
  serverCrashes,
);
