/**
 * The states that migrating passes through: after each of its statements, and with the data migration stopped after
 * some of its rows.
 */
import { type Arbitrary, constant, nat, oneof, record } from "fast-check";
import type { Applied } from "../../../harness/release/apply.ts";
import type { Stage } from "../../../harness/release/recorded-database.ts";
import type { CreditsContext } from "../world.ts";

/**
 * So many statements, counting round all of them; all up to the last function that is created, which is when everyone
 * may call it; or all, with the data migration cancelled after so many rows.
 */
export type MigrationState =
  | { readonly statements: number }
  | { readonly created: true }
  | { readonly rows: number };

export const migrationStates = (): Arbitrary<MigrationState> =>
  oneof(
    { weight: 3, arbitrary: record({ statements: nat({ max: 999 }) }) },
    { weight: 1, arbitrary: record({ rows: nat({ max: 4 }) }) },
    { weight: 1, arbitrary: constant<MigrationState>({ created: true }) },
  );

/** Those that are the hardest to leave. */
export const STATE_EXAMPLES: readonly MigrationState[] = [
  { rows: 0 },
  { created: true },
  { statements: 0 },
  { statements: 1 },
];

/** Migrates as far as the state; `stepsMin`: with so many steps complete at least. */
export async function reachState(
  world: CreditsContext,
  stage: Stage,
  state: MigrationState,
  { stepsMin = 0 } = {},
): Promise<void> {
  if ("rows" in state) {
    await stopDataMigration(world, stage, state.rows);
    return;
  }
  const { migrate } = world.release;
  const all = migrate.flatMap(({ statements }) => statements);
  const least = migrate.slice(0, stepsMin).flatMap(({ statements }) => statements).length;
  const count =
    "created" in state
      ? 1 + all.findLastIndex(({ node }) => node === "CreateFunctionStmt")
      : least + (state.statements % (all.length - least + 1));

  await applySome(world, stage, Math.max(least, count));
}

async function applySome(world: CreditsContext, stage: Stage, count: number): Promise<void> {
  let left = count;
  for (const step of world.release.migrate) {
    if (left > 0) {
      await stage.applyFirst(step, step.statements.slice(0, left));
    }
    left -= step.statements.length;
  }
}

/**
 * The data migration is cancelled where it logs its n-th allocation: as if someone had pressed Ctrl-C just then.
 */
async function stopDataMigration(world: CreditsContext, stage: Stage, rows: number): Promise<void> {
  await stage.apply(world.schemaSteps);
  await stage.prepare(
    `the data migration will be cancelled when it has logged ${rows} allocations`,
    `CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM public.credit_actions WHERE action_type = 'allocation') >= ${rows} THEN
        PERFORM pg_cancel_backend(pg_backend_pid()), pg_sleep(5);
    END IF;
    RETURN NEW;
END$$;
CREATE TRIGGER stop BEFORE INSERT ON credit_actions FOR EACH ROW EXECUTE FUNCTION stop();`,
  );
  await stage.apply([world.dataStep]);
  await stage.prepare(
    "nothing cancels any more",
    "DROP TRIGGER stop ON credit_actions; DROP FUNCTION stop();",
  );
}

/** What both rollbacks do, by the name of their list. */
export async function rollBack(
  world: CreditsContext,
  stage: Stage,
  kind: RollbackKind,
): Promise<readonly Applied[]> {
  return await stage.apply(world.steps(kind));
}

export type RollbackKind = "emergency" | "controlled";
