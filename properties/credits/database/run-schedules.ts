/**
 * Runs schedules on the shared database. Three sessions stay open for all cases of a property; each case begins with its
 * own organizations and an empty log.
 */
import type { SqlError } from "../../../harness/database/sql-error.ts";
import { Inconclusive } from "../../../harness/errors.ts";
import type { Violation } from "../../../harness/property/verdict.ts";
import { buildSpec, formatSpec } from "../../../harness/schedule/format-spec.ts";
import type { Scheduler } from "../../../harness/schedule/run-steps.ts";
import { type ScheduleSession, stepName, type Transcript } from "../../../harness/schedule/schedule.ts";
import { SessionGroup } from "../../../harness/schedule/session-group.ts";
import { formatPsqlWindows } from "../../../harness/schedule/transcript-text.ts";
import { formatSqlError } from "../../../harness/security/unprivileged-role.ts";
import type { Deviation } from "../model/call-checks.ts";
import { type CreditSchema, loggedCredits } from "../model/credit-schema.ts";
import { nameCallError } from "../model/kinds.ts";
import { byType, type Numbers, type Organization } from "../model/model.ts";
import type { FinalNumbers } from "../model/serial-oracle.ts";
import { SESSIONS } from "../model/sessions.ts";
import type { CreditsContext } from "../world.ts";
import { once } from "./once.ts";
import { clearSql, insertOrganizations, LOG_SQL, NUMBER_COLUMNS } from "./sql.ts";

/** The transcript of a schedule, and the tables afterwards. */
export interface PlayedSchedule {
  readonly organizations: readonly Organization[];
  readonly parts: readonly ScheduleSession[];
  readonly transcript: Transcript;
  readonly final: FinalNumbers;
  /** The log, each row as `organization action credits`. */
  readonly log: readonly string[];
}

const FINAL = `SELECT id, ${NUMBER_COLUMNS.join(", ")} FROM organizations ORDER BY id`;

function logSql(schema: CreditSchema): string {
  return `SELECT concat_ws(' ', organization_id, action_type, ${loggedCredits(schema)}) AS row
FROM credit_actions AS a ORDER BY created_at, 1`;
}

const groups = new WeakMap<CreditsContext, Promise<SessionGroup>>();

/**
 * Runs the steps of the sessions as the scheduler orders them.
 * @throws Inconclusive where the organizations cannot be inserted
 */
export async function runSessions(
  context: CreditsContext,
  organizations: readonly Organization[],
  parts: readonly ScheduleSession[],
  scheduler: Scheduler,
): Promise<PlayedSchedule> {
  const group = await once(groups, context, async () => SessionGroup.open(await context.shared(), SESSIONS));
  await context.insert({ accounts: organizations }, async () => {
    const { error } = await group.control.tryExecute(
      `${clearSql(context.schema)}\n${insertOrganizations(organizations, context.schema)}`,
    );
    if (error !== undefined) {
      throw new Inconclusive(`organizations that the contract allows cannot be made: ${error.message}`);
    }
  });
  const transcript = await group.run(scheduler);
  const final = new Map((await group.control.query(FINAL)).map((row) => [row["id"] ?? "", parseNumbers(row)]));
  const log = (await group.control.query(logSql(context.schema))).map((row) => row["row"] ?? "");

  return { organizations, parts, transcript, final, log };
}

/** The first error whose code matches, with the name of its step. */
export function findScheduleError(
  { events }: Transcript,
  code: RegExp,
): { readonly name: string; readonly error: SqlError } | undefined {
  for (const event of events) {
    const error = event.kind === "waits" ? undefined : event.outcome.error;
    if (error !== undefined && code.test(error.code)) return { name: stepName(event), error };
  }

  return undefined;
}

/** The first violation of a constraint. */
export function findLeak({ transcript }: PlayedSchedule): Deviation | undefined {
  const leak = findScheduleError(transcript, /^23/);

  return (
    leak && {
      kind: `${leak.name.replace(/^.*\.|\d+$/g, "")} ${nameCallError(leak.error)}`,
      expected: `${leak.name} is refused by the function itself, or succeeds`,
      got: formatSqlError(leak.error),
    }
  );
}

/** A violation with a script for several psql windows, and a spec for PostgreSQL's isolation tester. */
export function scheduleViolation(
  context: CreditsContext,
  { organizations, parts, transcript }: PlayedSchedule,
  { show = LOG_SQL, ...deviation }: Deviation,
): Violation {
  // The tester begins each permutation with the setup; the script has created the organizations already.
  const cleared = clearSql(context.schema);
  const setup = [cleared, withoutBraces(insertOrganizations(organizations, context.schema))];
  const remarks = [
    `${context.release.name}: expected is that ${deviation.expected}`,
    `Got: ${deviation.got}`,
    "",
    "Run it on a database that the script next to this file has created and migrated:",
    "    isolationtester 'dbname=scratch' < this file",
  ];

  return {
    ...deviation,
    script: [
      ...context.setupScript(organizations),
      ...formatPsqlWindows(transcript, SESSIONS),
      { title: "reproduces the violation, in any window", sql: show },
    ],
    spec: formatSpec(buildSpec(parts, transcript, { setup, teardown: cleared }), remarks),
  };
}

/** A spec ends a statement at a closing brace, as the JSON in a row may have it (PostgreSQL manual, 4.1.2.3). */
function withoutBraces(sql: string): string {
  return sql.replace(/(?<!E)'(?:[^']|'')*'/g, (text) =>
    text.includes("}") ? `U&${text.replaceAll("\\", "\\\\").replaceAll("}", "\\007D")}` : text,
  );
}

function parseNumbers(row: Readonly<Record<string, string | null>>): Numbers {
  return {
    allocated: byType((type) => Number(row[`${type}_credits`])),
    used: byType((type) => Number(row[`${type}_used_credits`])),
  };
}
