/**
 * Playing a history: organizations and calls go to the server in one round trip, and what came of each call comes back
 * in one. The transaction is rolled back, so every history begins with the same database.
 */
import { readFileSync } from "node:fs";
import { escapeLiteral } from "pg";
import type { Session } from "../../../harness/database/session.ts";
import type { SqlError } from "../../../harness/database/sql-error.ts";
import { Inconclusive } from "../../../harness/errors.ts";
import { codePath } from "../../../harness/files/installation.ts";
import {
  CREDIT_TYPES,
  type CreditCall,
  type CreditType,
  type Numbers,
  type Organization,
} from "../model/model.ts";
import { CREATED_AT, insertOrganizations } from "./sql.ts";

/** A row of credit_actions, but for its time. */
export interface LoggedAction {
  readonly id: number;
  readonly organization: string | null;
  readonly action: string;
  readonly credits: number | null;
  readonly description: string | null;
}

/** An organization as the server has it: NULL numbers are kept as null. */
export interface ObservedOrganization {
  readonly id: string;
  /** The columns of the baseline, but for updated_at. */
  readonly rest: Readonly<Record<string, unknown>>;
  readonly numbers: Readonly<Record<"allocated" | "used", Readonly<Record<CreditType, number | null>>>>;
}

/** What came of one call. */
export interface PlayedCall {
  readonly call: CreditCall;
  readonly before: readonly ObservedOrganization[];
  readonly after: readonly ObservedOrganization[];
  readonly returned: unknown;
  readonly error?: SqlError;
  /** The rows that were added to the log. */
  readonly actions: readonly LoggedAction[];
}

export interface CallTrace {
  readonly organizations: readonly Organization[];
  readonly calls: readonly CreditCall[];
  readonly steps: readonly PlayedCall[];
  /** Rows in the tables at the end, for what no call may do. */
  readonly organizationCount: number;
  readonly log: readonly LoggedAction[];
}

const PLAYERS = ["play.sql", "batch-play.sql"].map((file) =>
  readFileSync(codePath(`properties/credits/database/${file}`), "utf8"),
);

/** Makes the session ready to play, one history or a series of them. */
export async function preparePlayer(session: Session): Promise<void> {
  for (const player of PLAYERS) {
    await session.query(player);
  }
}

/** Plays the calls on the organizations, and leaves nothing behind. */
export async function playHistory(
  session: Session,
  organizations: readonly Organization[],
  calls: readonly CreditCall[],
): Promise<CallTrace> {
  const ids = `{${organizations.map(({ id }) => id).join(",")}}`;
  const made = JSON.stringify(calls.map((call) => ({ ...call, described: "description" in call })));
  const { rows, error: refusal } = await session.tryAndRollBack([
    insertOrganizations(organizations),
    `SELECT * FROM pg_temp.play('${ids}', ${escapeLiteral(made)})`,
  ]);
  if (refusal !== undefined) {
    throw new Inconclusive(`organizations that the contract allows cannot be made: ${refusal.message}`);
  }

  return traceOf(organizations, calls, rows);
}

type Columns = Readonly<Record<string, unknown>>;
type Told = readonly (string | null)[];

/** One row a call, and one of the whole. */
function traceOf(
  organizations: readonly Organization[],
  calls: readonly CreditCall[],
  rows: readonly Told[],
): CallTrace {
  let before: readonly ObservedOrganization[] = organizations.map(asObserved);
  const steps = calls.map((call, index): PlayedCall => {
    const [returned = null, code = null, message = null, now = null, actions = null] = rows[index] ?? [];
    const after = now === null ? before : parsed(now).map(observed);
    const step = {
      call,
      before,
      after,
      returned: answerOf(call, returned),
      ...(code === null ? {} : { error: { code, message: message ?? "" } }),
      actions: parsed(actions).map(logged),
    };
    before = after;

    return step;
  });
  const [count, , , , log] = rows[calls.length] ?? [];

  return {
    organizations,
    calls,
    steps,
    organizationCount: Number(count),
    log: parsed(log ?? null).map(logged),
  };
}

function parsed(json: string | null): Columns[] {
  return json === null ? [] : (JSON.parse(json) as Columns[]);
}

/** The text that the server gave as the call's own type. */
function answerOf(call: CreditCall, returned: string | null): unknown {
  return returned === null || call.kind === "allocate"
    ? null
    : call.kind === "available"
      ? Number(returned)
      : returned === "true";
}

function observed(columns: Columns): ObservedOrganization {
  const number = (name: string): number | null => (columns[name] ?? null) as number | null;

  return {
    id: columns["id"] as string,
    rest: {
      name: columns["name"],
      planName: columns["plan_name"],
      totalCredits: columns["total_credits"],
      status: columns["status"],
      createdAt: columns["created_at"],
    },
    numbers: {
      allocated: byType((type) => number(`${type}_credits`)),
      used: byType((type) => number(`${type}_used_credits`)),
    },
  };
}

function asObserved({
  id,
  name,
  planName,
  totalCredits,
  status,
  numbers,
}: Organization): ObservedOrganization {
  return { id, rest: { name, planName, totalCredits, status, createdAt: CREATED_AT }, numbers };
}

function logged(columns: Columns): LoggedAction {
  return {
    id: columns["id"] as number,
    organization: columns["organization_id"] as string | null,
    action: columns["action_type"] as string,
    credits: columns["credits_consumed"] as number | null,
    description: columns["description"] as string | null,
  };
}

function byType<Value>(of: (type: CreditType) => Value): Record<CreditType, Value> {
  return Object.fromEntries(CREDIT_TYPES.map((type) => [type, of(type)])) as Record<CreditType, Value>;
}

/** The organization as the model knows it, undefined where a number is NULL: the model has no such state. */
export function toModel({ id, rest, numbers }: ObservedOrganization): Organization | undefined {
  const all = [...Object.values(numbers.allocated), ...Object.values(numbers.used)];

  return all.includes(null) ? undefined : ({ id, ...rest, numbers: numbers as Numbers } as Organization);
}
