/**
 * Playing schedules on a migrated database that all cases of a property share: a cast of three sessions stays open, and
 * each case begins with its own organizations and nothing logged.
 */
import type { SqlError } from "../../../harness/database/sql-error.ts";
import { Inconclusive } from "../../../harness/errors.ts";
import type { Violation } from "../../../harness/property/verdict.ts";
import type { ScriptPart } from "../../../harness/release/script-part.ts";
import { buildSpec, formatSpec } from "../../../harness/schedule/format-spec.ts";
import { formatPsqlWindows } from "../../../harness/schedule/psql-windows.ts";
import type { Scheduler } from "../../../harness/schedule/run-steps.ts";
import {
  type ScheduleSession,
  stepName,
  type Transcript,
  type TranscriptEvent,
} from "../../../harness/schedule/schedule.ts";
import { SessionGroup } from "../../../harness/schedule/session-group.ts";
import type { Mismatch } from "../model/call-checks.ts";
import { CREDIT_TYPES, type Numbers, type Organization } from "../model/model.ts";
import type { FinalNumbers } from "../model/serial-oracle.ts";
import { SESSIONS } from "../model/sessions.ts";
import type { CreditsContext } from "../world.ts";
import { insertOrganizations, LOG_SQL, NUMBER_COLUMNS } from "./sql.ts";

/** A schedule that was played, and what is then in the tables. */
export interface PlayedSchedule {
  readonly organizations: readonly Organization[];
  readonly parts: readonly ScheduleSession[];
  readonly transcript: Transcript;
  readonly final: FinalNumbers;
  /** The log, each row as `organization action credits`. */
  readonly log: readonly string[];
}

const CLEARED = "DELETE FROM credit_actions; DELETE FROM organizations;";
const FINAL = `SELECT id, ${NUMBER_COLUMNS.join(", ")} FROM organizations ORDER BY id`;
const LOG =
  "SELECT concat_ws(' ', organization_id, action_type, credits_consumed) AS row FROM credit_actions ORDER BY id";

const casts = new WeakMap<CreditsContext, Promise<SessionGroup>>();

/**
 * Plays what the sessions send, in the director's order.
 * @throws Inconclusive where organizations that the contract allows cannot be made
 */
export async function runSessions(
  world: CreditsContext,
  organizations: readonly Organization[],
  parts: readonly ScheduleSession[],
  director: Scheduler,
): Promise<PlayedSchedule> {
  const cast = await castOf(world);
  const { error: refusal } = await cast.tryExecute(`${CLEARED}\n${insertOrganizations(organizations)}`);
  if (refusal !== undefined) {
    throw new Inconclusive(`organizations that the contract allows cannot be made: ${refusal.message}`);
  }
  const transcript = await cast.run(director);
  const final = new Map((await cast.query(FINAL)).map((row) => [row["id"] ?? "", numbersOf(row)]));
  const log = (await cast.query(LOG)).map((row) => row["row"] ?? "");

  return { organizations, parts, transcript, final, log };
}

/** The refusals of a transcript, with the event of each. */
export function findScheduleErrors({
  events,
}: Transcript): readonly { readonly event: TranscriptEvent; readonly refusal: SqlError }[] {
  return events.flatMap((event) =>
    event.kind !== "waits" && event.outcome.error !== undefined
      ? [{ event, refusal: event.outcome.error }]
      : [],
  );
}

/** A violation shown by psql windows, and by a spec of PostgreSQL's isolation tester. */
export function scheduleViolation(
  world: CreditsContext,
  { organizations, parts, transcript }: PlayedSchedule,
  { expected, got, show = LOG_SQL }: Omit<Mismatch, "call">,
): Violation {
  // The script has made them already, and a permutation begins anew.
  const setup = [CLEARED, insertOrganizations(organizations)];
  const remarks = [
    `${world.release.name}: expected is that ${expected}`,
    `Got: ${got}`,
    "",
    "Run it on a database that was made and migrated by the script beside this file:",
    "    isolationtester 'dbname=scratch' < this file",
  ];
  const script: ScriptPart[] = [
    ...world.setupScript(organizations),
    ...formatPsqlWindows(transcript, SESSIONS),
    { title: "what shows it, in any window", sql: show },
  ];

  return {
    expected,
    got,
    script,
    spec: formatSpec(buildSpec(parts, transcript, { setup, teardown: CLEARED }), remarks),
  };
}

/** `first.consume` */
export function eventName(event: TranscriptEvent): string {
  return stepName(event);
}

async function castOf(world: CreditsContext): Promise<SessionGroup> {
  const known = casts.get(world) ?? world.shared().then((database) => SessionGroup.open(database, SESSIONS));
  casts.set(world, known);

  return await known;
}

function numbersOf(row: Readonly<Record<string, string | null>>): Numbers {
  const amounts = (infix: string) =>
    Object.fromEntries(CREDIT_TYPES.map((type) => [type, Number(row[`${type}${infix}_credits`])]));

  return { allocated: amounts(""), used: amounts("_used") } as unknown as Numbers;
}
