/** Rules R4 and R5 as anyone sees them who looks on: a rollback is not there, or it is there as a whole. */
import { differenceOf, rowDifferences } from "../../harness/catalog/difference.ts";
import { property } from "../../harness/property/property.ts";
import type { Stage } from "../../harness/release/recorded-database.ts";
import type { Statement, Step } from "../../harness/release/release.ts";
import { THREE_ORGANIZATIONS } from "./database/fault-kinds.ts";
import { differencesViolation, type Snapshot, takeSnapshot } from "./database/snapshot.ts";
import { type RollbackKind, rollBack } from "./database/states.ts";
import type { CreditsContext } from "./world.ts";

function seenWhole(id: string, title: string, kind: RollbackKind) {
  return property(id, title, {
    cost: "once",
    given: {},
    async holds(_, world: CreditsContext) {
      for (const earlier of [[], ["controlled"]] as const) {
        const moments = await momentsOf(world, await migrated(world, earlier), kind);
        const [before, complete] = [moments[0], moments.at(-1)];
        const half = moments.find(({ picture }) =>
          [before, complete].every((one) => one && differences(one.picture, picture).length > 0),
        );
        if (half !== undefined && before !== undefined && complete !== undefined) {
          return await shown(world, await migrated(world, earlier), { kind, half, complete });
        }
        await world.endCase();
      }

      return undefined;
    },
  });
}

export const emergencyIsAtomic = seenWhole(
  "R4-atomic",
  "nobody ever sees an emergency rollback that is half done, not after a controlled one either",
  "emergency",
);
export const controlledIsAtomic = seenWhole(
  "R5-atomic",
  "nobody ever sees a controlled rollback that is half done",
  "controlled",
);

/** What others see once a statement is sent, where they can see it: while its transaction is open they see what was. */
interface Moment {
  readonly step?: Step;
  readonly statement?: Statement;
  readonly picture: Snapshot;
}

async function migrated(world: CreditsContext, earlier: readonly RollbackKind[]): Promise<Stage> {
  const stage = await world.baseline(THREE_ORGANIZATIONS);
  await stage.apply(world.release.migrate);
  for (const kind of earlier) {
    await rollBack(world, stage, kind);
  }

  return stage;
}

async function momentsOf(
  world: CreditsContext,
  stage: Stage,
  kind: RollbackKind,
): Promise<readonly Moment[]> {
  const moments: Moment[] = [{ picture: await takeSnapshot(stage) }];
  for (const step of world.steps(kind)) {
    for (const statement of step.statements.filter((one) => one.kind === "sql")) {
      await stage.session.tryExecute(statement.text);
      if (!(await isInTransaction(stage))) {
        moments.push({ step, statement, picture: await takeSnapshot(stage) });
      }
    }
  }

  return moments;
}

async function isInTransaction({ session, database }: Stage): Promise<boolean> {
  const observer = await database.observer();
  const [row] = await observer.query("SELECT state FROM pg_stat_activity WHERE pid = $1", [session.pid]);

  return row?.["state"]?.startsWith("idle in transaction") ?? false;
}

function differences(before: Snapshot, after: Snapshot) {
  return [
    ...differenceOf(before.catalog, after.catalog),
    ...rowDifferences(before.organizations, after.organizations),
    ...rowDifferences(before.actions, after.actions),
  ];
}

interface Seen {
  readonly kind: RollbackKind;
  readonly half: Moment;
  readonly complete: Moment;
}

/** The rollback as far as it is seen half done, on a stage of its own. */
async function shown(world: CreditsContext, stage: Stage, { kind, half, complete }: Seen) {
  const { step, statement } = half;
  if (step !== undefined && statement !== undefined) {
    const steps = world.steps(kind);
    await stage.apply(steps.slice(0, steps.indexOf(step)));
    await stage.applyFirst(step, step.statements.slice(0, step.statements.indexOf(statement) + 1));
  }

  return differencesViolation(
    stage,
    differences(complete.picture, half.picture),
    `whoever looks on after line ${statement?.line} of ${step?.path} sees nothing of the rollback, or all`,
  );
}
