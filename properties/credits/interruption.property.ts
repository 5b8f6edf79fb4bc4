/**
 * Rule M2, and S4, R1, R4 and R5 with interruptions: a statement is cancelled, killed with its session, or ended by a
 * crash of the server. The cases go through every injection point of every statement.
 */
import { array, constantFrom, oneof } from "fast-check";
import { Inconclusive } from "../../harness/errors.ts";
import { describeInterruption } from "../../harness/fault/fault.ts";
import { interruptStep } from "../../harness/fault/interrupt-step.ts";
import { property, type Violations } from "../../harness/property/property.ts";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import {
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
import {
  type DataFault,
  dataFaults,
  type FaultCase,
  faultCaseAt,
  findWorkStatement,
  toRowFault,
} from "./database/injection-points.ts";
import { simulateUsage } from "./database/simulate-usage.ts";
import { type CreditSnapshot, readCreditSnapshot, sameCatalog, sameRows } from "./database/snapshot.ts";
import { insertAccounts } from "./database/sql.ts";
import { type RollbackKind, rollBack } from "./database/states.ts";
import { type BaselineTable, tables } from "./model/baseline-tables.ts";
import type { CreditsContext } from "./world.ts";

/** A table, and its number of organizations. */
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

function resumes(id: string, title: string, { caseKind, kinds, run }: FaultKindGroup) {
  return property(id, title, {
    caseKind,
    given: { size: sized(), faults: array(dataFaults(kinds), { minLength: 1, maxLength: 2 }) },
    examples: DATA_EXAMPLES.map(({ size, ...fault }, index) => ({
      size,
      faults: [{ ...fault, mode: kinds[index % kinds.length] ?? "cancel" }],
    })),
    async holds({ size: { table, count }, faults }, outer: CreditsContext) {
      return await run(outer, async ({ context, crash }) => {
        const [wanted, db] = await Promise.all([
          uninterrupted(outer, JSON.stringify(table), () => outer.migrate(table)),
          context.migrate(table, context.schemaSteps),
        ]);
        const step = context.dataStep;
        const statement = findWorkStatement(step);
        if (statement === undefined) {
          throw new Inconclusive("the data migration has no statement that does any work");
        }
        for (const one of faults) {
          const fault = toRowFault(one, count);
          await interruptStep(db, { step, statement, fault, ...(crash && { crash }) });
        }
        await db.apply([step]);

        return await sameFinalState(db, wanted, "the final state is that of an uninterrupted run");
      });
    },
  });
}

export const resumedData = resumes(
  "M2",
  "a data migration interrupted at any row resumes, and ends as an uninterrupted one",
  sessionFaults,
);
export const recoveredData = resumes(
  "M2-crash",
  "a data migration in which the server crashes resumes, and ends as an uninterrupted one",
  serverCrashes,
);

function describeFaultCase({ step, statement, fault, continues }: FaultCase): string {
  const then = continues ? ", psql went on with the next" : "";

  return `${step.path}, line ${statement.line}, was ${describeInterruption(fault)}${then}`;
}

/** Migrates up to the injection point, and interrupts there. */
async function interruptMigration(
  db: RecordedDatabase,
  fault: FaultCase,
  { context, crash }: FaultSetting,
): Promise<void> {
  await db.apply(context.release.lists.migrate.slice(0, fault.index));
  await interruptStep(db, { ...fault, ...(crash && { crash }) });
}

/** Interrupts migrating at every injection point, and checks what follows. */
function interrupted(
  id: string,
  title: string,
  { caseKind, variants, run }: FaultKindGroup,
  check: (
    db: RecordedDatabase,
    given: { fault: FaultCase; before: CreditSnapshot; outer: CreditsContext; context: CreditsContext },
  ) => Promise<Violations>,
) {
  return property(id, title, {
    caseKind,
    given: { point: pointNumbers() },
    examples: EVERY_POINT,
    async holds({ point: { at } }, outer: CreditsContext) {
      const fault = faultCaseAt(outer.release.lists.migrate, variants, at);

      return await run(outer, async (setting) => {
        const db = await setting.context.baseline(THREE_ORGANIZATIONS);
        const before = await readCreditSnapshot(db, outer.schema);
        await interruptMigration(db, fault, setting);

        return await check(db, { fault, before, outer, context: setting.context });
      });
    },
  });
}

function repeats(id: string, title: string, group: FaultKindGroup) {
  return interrupted(id, title, group, async (db, { fault, outer }) => {
    const { migrate } = outer.release.lists;
    const wanted = await uninterrupted(outer, "migrated", () => outer.migrate(THREE_ORGANIZATIONS));
    const after = describeFaultCase(fault);
    const failed = db.findError(
      await db.apply([fault.step]),
      `${after}; the step can be applied again`,
      "Make the statement repeatable, whether or not it took effect the first time",
    );
    await db.apply(migrate.slice(fault.index + 1));

    return (
      failed ?? (await sameFinalState(db, wanted, `${after}; the final state is that of an uninterrupted migration`))
    );
  });
}

export const stepRepeats = repeats(
  "S4-interrupted",
  "a step that is cancelled or killed can be applied again",
  sessionFaults,
);
export const stepRecovers = repeats(
  "S4-crash",
  "a step in which the server crashes can be applied again",
  serverCrashes,
);

function restores(id: string, title: string, group: FaultKindGroup) {
  return interrupted(id, title, group, async (db, { fault, before, context }) => {
    const after = describeFaultCase(fault);

    return (
      db.findError(
        await rollBack(context, db, "emergency"),
        `${after}; the emergency rollback runs without an error`,
      ) ??
      (await sameCatalog(db, before.catalog, `${after}; the emergency rollback restores the catalog`)) ??
      (await sameRows(db, before, `${after}; the emergency rollback restores every value`, { mayLog: true }))
    );
  });
}

export const undoneMigration = restores(
  "R1-interrupted",
  "the emergency rollback undoes a migration that was cancelled or killed anywhere",
  sessionFaults,
);
export const undoneCrash = restores(
  "R1-crash",
  "the emergency rollback undoes a migration in which the server crashed",
  serverCrashes,
);

/** A migrated database in which some credits are used. */
async function migrateAndUse(context: CreditsContext): Promise<RecordedDatabase> {
  const db = await context.migrated();
  await db.prepare("organizations", insertAccounts(THREE_ORGANIZATIONS.accounts, context.schema));
  await db.apply([context.dataStep]);
  const consume = { kind: "consume", type: "ai", credits: 7 } as const;
  await simulateUsage(db, THREE_ORGANIZATIONS.accounts, [
    { ...consume, organization: 0 },
    { ...consume, organization: 1 },
  ]);

  return db;
}

/** An interrupted rollback has changed nothing or is complete; run again, it is complete. */
function allOrNothing(id: string, title: string, kind: RollbackKind, { caseKind, variants, run }: FaultKindGroup) {
  return property(id, title, {
    caseKind,
    given: { point: pointNumbers() },
    examples: EVERY_POINT,
    async holds({ point: { at } }, outer: CreditsContext) {
      const steps = outer.steps(kind);
      const fault = faultCaseAt(steps, variants, at);
      const after = describeFaultCase(fault);

      return await run(outer, async ({ context, crash }) => {
        const before = await uninterrupted(outer, "in use", () => migrateAndUse(outer));
        const complete = await uninterrupted(outer, kind, async () => {
          const db = await migrateAndUse(outer);
          await db.apply(steps);

          return db;
        });
        const db = await migrateAndUse(context);
        await db.apply(steps.slice(0, fault.index));
        await interruptStep(db, { ...fault, ...(crash && { crash }) });
        const state = await readFinalState(db, context.schema);
        const expected = `${after}; either nothing has changed or all`;
        const partial =
          finalStateViolation(db, state, complete, expected) && finalStateViolation(db, state, before, expected);
        await rollBack(context, db, kind);

        return partial ?? (await sameFinalState(db, complete, `${after}; run again, it is complete`));
      });
    },
  });
}

export const interruptedEmergency = allOrNothing(
  "R4-interrupted",
  "an emergency rollback that is cancelled or killed does all or nothing",
  "emergency",
  sessionFaults,
);
export const crashedEmergency = allOrNothing(
  "R4-crash",
  "an emergency rollback in which the server crashes does all or nothing",
  "emergency",
  serverCrashes,
);
export const interruptedControlled = allOrNothing(
  "R5-interrupted",
  "a controlled rollback that is cancelled or killed does all or nothing",
  "controlled",
  sessionFaults,
);
export const crashedControlled = allOrNothing(
  "R5-crash",
  "a controlled rollback in which the server crashes does all or nothing",
  "controlled",
  serverCrashes,
);
