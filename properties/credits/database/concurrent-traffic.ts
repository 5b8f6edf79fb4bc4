/**
 * The data migration with others at work meanwhile: sessions on a database that is migrated but for its data, and who
 * waits for whom.
 */
import { Inconclusive } from "../../../harness/errors.ts";
import type { Violation } from "../../../harness/property/verdict.ts";
import type { Stage } from "../../../harness/release/recorded-database.ts";
import { formatPsqlWindows } from "../../../harness/schedule/psql-windows.ts";
import { runSchedule } from "../../../harness/schedule/run-schedule.ts";
import { stepName, type Transcript } from "../../../harness/schedule/schedule.ts";
import { SessionGroup, type SessionGroupOptions } from "../../../harness/schedule/session-group.ts";
import { formatEvent } from "../../../harness/schedule/transcript-text.ts";
import type { CreditsContext } from "../world.ts";

type Sessions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Organizations in one order by id and by age, so that every data migration meets the first one first. */
const ORGANIZATIONS = (
  count: number,
): string => `INSERT INTO organizations (id, name, plan_name, total_credits, created_at)
SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Organization ' || n, 'custom', 0,
  timestamptz '2025-10-12 18:56:00+02' + n * interval '1 min'
FROM generate_series(1, ${count}) AS n`;

/** Statements that wait for whoever is at work, before the data migration does. */
const ALTERING = ["AlterTableStmt", "IndexStmt", "CreateTrigStmt"];

/**
 * The data migration as a session: its last DO block is `run`, the statements before it prepare.
 * @throws Inconclusive where tables are altered in the same file: who waits there is not told apart from the data migration
 */
export function migrationSteps(world: CreditsContext): Readonly<Record<string, string>> {
  const sql = world.dataStep.statements.filter(({ kind }) => kind === "sql");
  const last = sql.findLastIndex(({ node }) => node === "DoStmt");
  const run = last < 0 ? sql.length - 1 : last;
  if (sql.slice(0, run).some(({ node }) => ALTERING.includes(node))) {
    throw new Inconclusive(
      `${world.dataStep.path} alters tables besides migrating the data, which has to be a file of its own for this`,
    );
  }

  return Object.fromEntries(
    sql.slice(0, run + 1).map(({ text }, index) => [index === run ? "run" : `prepare${index + 1}`, text]),
  );
}

/** The steps as entries of an order. What runs may wait, and is awaited at the end. */
export function startOrder(session: string, steps: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(steps).map((step) => `${session}.${step}${step === "run" ? " waits" : ""}`);
}

/** Somebody who holds one organization while the migration goes on, and changes nothing that matters. */
export function holdRow(id: string, change = "name = name"): Readonly<Record<string, string>> {
  return { begin: "BEGIN", hold: `UPDATE organizations SET ${change} WHERE id = '${id}'`, commit: "COMMIT" };
}

export interface TrafficRun {
  readonly stage: Stage;
  readonly transcript: Transcript;
  /** A violation that the transcript shows. */
  violation(expected: string, got: string, hint?: string): Violation;
}

/** Plays the sessions on a database that is migrated but for its data. */
export async function runTraffic(
  world: CreditsContext,
  count: number,
  {
    sessions,
    order,
    options,
  }: { sessions: Sessions; order: readonly string[]; options?: SessionGroupOptions },
): Promise<TrafficRun> {
  const stage = await world.baseline({ accounts: [] });
  await stage.prepare("organizations", ORGANIZATIONS(count));
  await stage.apply(world.schemaSteps);
  await using cast = await SessionGroup.open(stage.database, Object.keys(sessions), {
    limitMs: 10_000,
    ...options,
  });
  const { runs } = await runSchedule(cast, { sessions, order });
  const transcript = runs[0]?.transcript ?? { events: [] };

  return {
    stage,
    transcript,
    violation: (expected, got, hint) => ({
      expected,
      got,
      script: [...stage.script, ...formatPsqlWindows(transcript, Object.keys(sessions))],
      ...(hint === undefined ? {} : { hint }),
    }),
  };
}

/** The first step that was refused, told. */
export function failedStepViolation(
  { transcript, violation }: TrafficRun,
  expected: string,
): Violation | undefined {
  for (const event of transcript.events) {
    if (event.kind !== "waits" && event.outcome.error !== undefined) {
      return violation(expected, formatEvent(event));
    }
  }

  return transcript.invalid === undefined
    ? undefined
    : violation(expected, `${stepName(transcript.invalid)} never gets its turn`);
}
