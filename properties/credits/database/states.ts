/** Generates the states that migrating passes through: after each statement, or with a cancelled data migration. */
import { type Arbitrary, constant, nat, oneof, record } from "fast-check";
import type { RecordedDatabase } from "../../../harness/property/recorded-database.ts";
import type { AppliedStatement } from "../../../harness/release/apply.ts";
import type { CreditsContext } from "../world.ts";

/**
 * After so many statements, wrapping around; after the last CREATE FUNCTION, when PUBLIC may call every function; or
 * after all of them, with the data migration cancelled after so many rows.
 */
export type MigrationState = { readonly statements: number } | { readonly created: true } | { readonly rows: number };

export const migrationStates = (): Arbitrary<MigrationState> =>
  oneof(
    { weight: 3, arbitrary: record({ statements: nat({ max: 999 }) }) },
    { weight: 1, arbitrary: record({ rows: nat({ max: 4 }) }) },
    { weight: 1, arbitrary: constant<MigrationState>({ created: true }) },
  );

/** The states from which a rollback is most likely to fail. */
export const STATE_EXAMPLES: readonly MigrationState[] = [
  { rows: 0 },
  { created: true },
  { statements: 0 },
  { statements: 1 },
];

/** Migrates up to the state; `stepsMin`: at least so many whole steps. */
export async function reachState(
  context: CreditsContext,
  db: RecordedDatabase,
  state: MigrationState,
  { stepsMin = 0 } = {},
): Promise<void> {
  if ("rows" in state) {
    await cancelDataMigration(context, db, state.rows);
    return;
  }
  const { migrate } = context.release.lists;
  const all = migrate.flatMap(({ statements }) => statements);
  const least = migrate.slice(0, stepsMin).flatMap(({ statements }) => statements).length;
  const count =
    "created" in state
      ? 1 + all.findLastIndex(({ node }) => node === "CreateFunctionStmt")
      : least + (state.statements % (all.length - least + 1));

  let left = Math.max(least, count);
  for (const step of migrate) {
    if (left > 0) await db.applyFirst(step, step.statements.slice(0, left));
    left -= step.statements.length;
  }
}

/** Cancels the data migration when it logs its n-th allocation, as Ctrl-C would. */
async function cancelDataMigration(context: CreditsContext, db: RecordedDatabase, rows: number): Promise<void> {
  await db.apply(context.schemaSteps);
  await db.prepare(
    `the data migration will be cancelled when it has logged ${rows} allocations`,
    `CREATE FUNCTION plumbline_stop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM ${context.schema.tables.actions} WHERE action_type = 'allocation') >= ${rows} THEN
        PERFORM pg_cancel_backend(pg_backend_pid()), pg_sleep(5);
    END IF;
    RETURN NEW;
END$$;
CREATE TRIGGER plumbline_stop BEFORE INSERT ON credit_actions FOR EACH ROW EXECUTE FUNCTION plumbline_stop();`,
  );
  await db.apply([context.dataStep]);
  await db.prepare(
    "nothing cancels any more",
    "DROP TRIGGER plumbline_stop ON credit_actions; DROP FUNCTION plumbline_stop();",
  );
}

export type RollbackKind = "emergency" | "controlled";

export async function rollBack(
  context: CreditsContext,
  db: RecordedDatabase,
  kind: RollbackKind,
): Promise<readonly AppliedStatement[]> {
  return await db.apply(context.steps(kind));
}
