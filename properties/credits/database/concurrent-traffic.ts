/** Runs the data migration with other sessions at work, on a database whose schema is migrated. */
import { Inconclusive } from "../../../harness/errors.ts";
import { nameSqlError } from "../../../harness/property/kind.ts";
import type { RecordedDatabase } from "../../../harness/property/recorded-database.ts";
import type { Violation } from "../../../harness/property/verdict.ts";
import type { SessionDefinitions } from "../../../harness/schedule/order.ts";
import { runSchedule } from "../../../harness/schedule/run-schedule.ts";
import { stepName, type Transcript } from "../../../harness/schedule/schedule.ts";
import { SessionGroup, type SessionGroupOptions } from "../../../harness/schedule/session-group.ts";
import { formatEvent, formatPsqlWindows } from "../../../harness/schedule/transcript-text.ts";
import type { CreditsContext } from "../world.ts";
import { generateOrganizations } from "./sql.ts";

/** Statements that wait for other sessions before the data migration does. */
const ALTERING = ["AlterTableStmt", "IndexStmt", "CreateTrigStmt"];

/**
 * The data migration as a session: its last DO block is `run`, the statements before it prepare.
 * @throws Inconclusive where the same file alters tables: their waits could not be distinguished from the migration's
 */
export function migrationSteps(context: CreditsContext): Readonly<Record<string, string>> {
  const sql = context.dataStep.statements.filter(({ kind }) => kind === "sql");
  const last = sql.findLastIndex(({ node }) => node === "DoStmt");
  const run = last < 0 ? sql.length - 1 : last;
  if (sql.slice(0, run).some(({ node }) => ALTERING.includes(node))) {
    throw new Inconclusive(
      `${context.dataStep.path} alters tables besides migrating the data, which has to be a file of its own for this`,
    );
  }

  return Object.fromEntries(
    sql.slice(0, run + 1).map(({ text }, index) => [index === run ? "run" : `prepare${index + 1}`, text]),
  );
}

/** The steps as entries of an order: `run` may wait, and its end comes later in the order. */
export function startOrder(session: string, steps: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(steps).map((step) => `${session}.${step}${step === "run" ? " waits" : ""}`);
}

/** A session that holds the lock of one organization; by default its update changes nothing. */
export function holdRow(id: string, change = "name = name"): Readonly<Record<string, string>> {
  return { begin: "BEGIN", hold: `UPDATE organizations SET ${change} WHERE id = '${id}'`, commit: "COMMIT" };
}

export interface TrafficRun {
  readonly db: RecordedDatabase;
  readonly transcript: Transcript;
  /** A violation that the transcript reproduces. */
  violation(kind: string, expected: string, got: string, hint?: string): Violation;
}

export interface Traffic {
  readonly sessions: SessionDefinitions;
  readonly order: readonly string[];
  readonly options?: SessionGroupOptions;
}

/** A database with so many organizations, whose schema is migrated and whose data is not. */
export async function beforeDataMigration(context: CreditsContext, count: number): Promise<RecordedDatabase> {
  const db = await context.baseline({ accounts: [] });
  await db.prepare("organizations", generateOrganizations(count, {}, context.schema));
  await db.apply(context.schemaSteps);

  return db;
}

/**
 * The ids of the organizations in the order in which one statement locks them all: by id, and where the table is
 * partitioned, partition by partition, as an Append visits them.
 */
export async function readLockOrder(db: RecordedDatabase): Promise<readonly string[]> {
  const partitions = new Map<string | null, string[]>();
  for (const row of await db.query("SELECT tableoid::text AS partition, id FROM organizations")) {
    const ids = partitions.get(row["partition"] ?? null) ?? [];
    ids.push(row["id"] ?? "");
    partitions.set(row["partition"] ?? null, ids);
  }

  return [...partitions.values()].flatMap((ids) => ids.sort());
}

/** Runs the sessions on a database with so many organizations, whose data is not migrated. */
export async function runTraffic(context: CreditsContext, count: number, traffic: Traffic): Promise<TrafficRun> {
  return await runSessionsOn(await beforeDataMigration(context, count), traffic);
}

/** Runs the sessions in this order on the database. */
export async function runSessionsOn(db: RecordedDatabase, { sessions, order, options }: Traffic): Promise<TrafficRun> {
  const names = Object.keys(sessions);
  await using group = await SessionGroup.open(db.database, names, { limitMs: 10_000, ...options });
  const { runs } = await runSchedule(group, { sessions, order });

  return trafficRun(db, runs[0]?.transcript ?? { events: [] }, names);
}

export function trafficRun(db: RecordedDatabase, transcript: Transcript, sessions: readonly string[]): TrafficRun {
  return {
    db,
    transcript,
    violation: (kind, expected, got, hint) => ({
      kind,
      expected,
      got,
      script: [...db.script, ...formatPsqlWindows(transcript, sessions)],
      ...(hint === undefined ? {} : { hint }),
    }),
  };
}

/** The first step that failed or never ran, as a violation. */
export function failedStepViolation({ transcript, violation }: TrafficRun, expected: string): Violation | undefined {
  for (const event of transcript.events) {
    if (event.kind !== "waits" && event.outcome.error !== undefined) {
      return violation(`${event.session} fails: ${nameSqlError(event.outcome.error)}`, expected, formatEvent(event));
    }
  }

  const { invalid } = transcript;

  return invalid && violation(`${invalid.session} never runs`, expected, `${stepName(invalid)} never runs`);
}
