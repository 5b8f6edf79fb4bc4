/**
 * Playing a history: organizations and calls go to the server in one round trip, and what came of each call comes back
 * in one. The transaction is rolled back, so every history begins with the same database.
 */
import { readFileSync } from "node:fs";
import { escapeLiteral } from "pg";
import type { Refusal, Session } from "../../../harness/database/session.ts";
import { Inconclusive } from "../../../harness/errors.ts";
import { type Call, CREDIT_TYPES, type CreditType, type Numbers, type Organization } from "../model/model.ts";
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
export interface Observed {
  readonly id: string;
  /** The columns of the baseline, but for updated_at. */
  readonly rest: Readonly<Record<string, unknown>>;
  readonly numbers: Readonly<Record<"allocated" | "used", Readonly<Record<CreditType, number | null>>>>;
}

/** What came of one call. */
export interface Step {
  readonly call: Call;
  readonly before: readonly Observed[];
  readonly after: readonly Observed[];
  readonly returned: unknown;
  readonly refusal?: Refusal;
  /** The rows that were added to the log. */
  readonly actions: readonly LoggedAction[];
}

export interface Trace {
  readonly organizations: readonly Organization[];
  readonly calls: readonly Call[];
  readonly steps: readonly Step[];
  /** Rows in the tables at the end, for what no call may do. */
  readonly organizationCount: number;
  readonly log: readonly LoggedAction[];
}

const PLAYERS = ["play.sql", "batch-play.sql"].map((file) =>
  readFileSync(new URL(file, import.meta.url), "utf8"),
);

/** Makes the session ready to play, one history or a series of them. */
export async function preparePlayer(session: Session): Promise<void> {
  for (const player of PLAYERS) {
    await session.query(player);
  }
}

/** Plays the calls on the organizations, and leaves nothing behind. */
export async function play(
  session: Session,
  organizations: readonly Organization[],
  calls: readonly Call[],
): Promise<Trace> {
  const ids = `{${organizations.map(({ id }) => id).join(",")}}`;
  const made = JSON.stringify(calls.map((call) => ({ ...call, described: "description" in call })));
  const { rows, refusal } = await session.trial([
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
  calls: readonly Call[],
  rows: readonly Told[],
): Trace {
  let before: readonly Observed[] = organizations.map(asObserved);
  const steps = calls.map((call, index): Step => {
    const [returned = null, code = null, message = null, now = null, actions = null] = rows[index] ?? [];
    const after = now === null ? before : parsed(now).map(observed);
    const step = {
      call,
      before,
      after,
      returned: answerOf(call, returned),
      ...(code === null ? {} : { refusal: { code, message: message ?? "" } }),
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
function answerOf(call: Call, returned: string | null): unknown {
  return returned === null || call.kind === "allocate"
    ? null
    : call.kind === "available"
      ? Number(returned)
      : returned === "true";
}

function observed(columns: Columns): Observed {
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

function asObserved({ id, name, planName, totalCredits, status, numbers }: Organization): Observed {
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
export function asModelled({ id, rest, numbers }: Observed): Organization | undefined {
  const all = [...Object.values(numbers.allocated), ...Object.values(numbers.used)];

  return all.includes(null) ? undefined : ({ id, ...rest, numbers: numbers as Numbers } as Organization);
}
