/**
 * Playing schedules on a migrated database that all cases of a property share: a cast of three sessions stays open, and
 * each case begins with its own organizations and nothing logged.
 */
import type { Refusal } from "../../../harness/database/session.ts";
import { Inconclusive } from "../../../harness/errors.ts";
import type { Violation } from "../../../harness/property/verdict.ts";
import type { ScriptPart } from "../../../harness/release/script-part.ts";
import { formatSpec, specOf } from "../../../harness/schedule/format-spec.ts";
import { windowsScript } from "../../../harness/schedule/psql-windows.ts";
import type { Director } from "../../../harness/schedule/run-steps.ts";
import { type Event, nameOf, type Part, type Transcript } from "../../../harness/schedule/schedule.ts";
import { Cast } from "../../../harness/schedule/session-group.ts";
import type { Fault } from "../model/judge.ts";
import { CREDIT_TYPES, type Numbers, type Organization } from "../model/model.ts";
import type { Final } from "../model/serial-oracle.ts";
import { SESSIONS } from "../model/sessions.ts";
import type { CreditsContext } from "../world.ts";
import { insertOrganizations, LOG_SQL, NUMBER_COLUMNS } from "./sql.ts";

/** A schedule that was played, and what is then in the tables. */
export interface Played {
  readonly organizations: readonly Organization[];
  readonly parts: readonly Part[];
  readonly transcript: Transcript;
  readonly final: Final;
  /** The log, each row as `organization action credits`. */
  readonly log: readonly string[];
}

const CLEARED = "DELETE FROM credit_actions; DELETE FROM organizations;";
const FINAL = `SELECT id, ${NUMBER_COLUMNS.join(", ")} FROM organizations ORDER BY id`;
const LOG =
  "SELECT concat_ws(' ', organization_id, action_type, credits_consumed) AS row FROM credit_actions ORDER BY id";

const casts = new WeakMap<CreditsContext, Promise<Cast>>();

/**
 * Plays what the sessions send, in the director's order.
 * @throws Inconclusive where organizations that the contract allows cannot be made
 */
export async function playSessions(
  world: CreditsContext,
  organizations: readonly Organization[],
  parts: readonly Part[],
  director: Director,
): Promise<Played> {
  const cast = await castOf(world);
  const { refusal } = await cast.attempt(`${CLEARED}\n${insertOrganizations(organizations)}`);
  if (refusal !== undefined) {
    throw new Inconclusive(`organizations that the contract allows cannot be made: ${refusal.message}`);
  }
  const transcript = await cast.play(director);
  const final = new Map((await cast.query(FINAL)).map((row) => [row["id"] ?? "", numbersOf(row)]));
  const log = (await cast.query(LOG)).map((row) => row["row"] ?? "");

  return { organizations, parts, transcript, final, log };
}

/** The refusals of a transcript, with the event of each. */
export function refusalsOf({
  events,
}: Transcript): readonly { readonly event: Event; readonly refusal: Refusal }[] {
  return events.flatMap((event) =>
    event.kind !== "waits" && event.outcome.refusal !== undefined
      ? [{ event, refusal: event.outcome.refusal }]
      : [],
  );
}

/** A violation shown by psql windows, and by a spec of PostgreSQL's isolation tester. */
export function violationOf(
  world: CreditsContext,
  { organizations, parts, transcript }: Played,
  { expected, got, show = LOG_SQL }: Omit<Fault, "call">,
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
    ...world.opening(organizations),
    ...windowsScript(transcript, SESSIONS),
    { title: "what shows it, in any window", sql: show },
  ];

  return {
    expected,
    got,
    script,
    spec: formatSpec(specOf(parts, transcript, { setup, teardown: CLEARED }), remarks),
  };
}

/** `first.consume` */
export function eventName(event: Event): string {
  return nameOf(event);
}

async function castOf(world: CreditsContext): Promise<Cast> {
  const known = casts.get(world) ?? world.shared().then((database) => Cast.open(database, SESSIONS));
  casts.set(world, known);

  return await known;
}

function numbersOf(row: Readonly<Record<string, string | null>>): Numbers {
  const amounts = (infix: string) =>
    Object.fromEntries(CREDIT_TYPES.map((type) => [type, Number(row[`${type}${infix}_credits`])]));

  return { allocated: amounts(""), used: amounts("_used") } as unknown as Numbers;
}
