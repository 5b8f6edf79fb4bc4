/**
 * Plays a history: sends organizations and calls in one round trip, and reads the result of each call. The transaction
 * is rolled back, so every history begins with the same database.
 */
import { readFileSync } from "node:fs";
import { escapeIdentifier, escapeLiteral } from "pg";
import type { Session } from "../../../harness/database/session.ts";
import type { SqlError } from "../../../harness/database/sql-error.ts";
import { Inconclusive } from "../../../harness/errors.ts";
import { codePath } from "../../../harness/files/installation.ts";
import { actionOrder, type CreditSchema, castTo, loggedCredits, PLAIN_SCHEMA } from "../model/credit-schema.ts";
import {
  type Amounts,
  byType,
  type CreditCall,
  type CreditType,
  type Numbers,
  type Organization,
} from "../model/model.ts";
import { insertOrganizations, NUMBER_COLUMNS, playedColumns } from "./sql.ts";

/** A row of credit_actions, without its time. */
export interface LoggedAction {
  readonly id: number;
  readonly organization: string | null;
  readonly action: string;
  readonly credits: number | null;
  readonly description: string | null;
}

/** An organization as the server returns it. */
export interface ObservedOrganization {
  readonly id: string;
  /** The columns of the baseline by their names, without updated_at and the volatile ones. */
  readonly rest: Readonly<Record<string, unknown>>;
  /** What the user's own triggers change on any UPDATE. */
  readonly volatile: Readonly<Record<string, unknown>>;
  readonly numbers: Readonly<Record<"allocated" | "used", Readonly<Record<CreditType, number | null>>>>;
}

export interface PlayedCall {
  readonly call: CreditCall;
  readonly before: readonly ObservedOrganization[];
  readonly after: readonly ObservedOrganization[];
  readonly returned: unknown;
  readonly error?: SqlError;
  /** The rows that the call logged. */
  readonly actions: readonly LoggedAction[];
  /** Whether these name the plan of an allocation, as the database folds case; undefined where there is none. */
  readonly namesPlan?: boolean;
}

export interface CallTrace {
  readonly organizations: readonly Organization[];
  readonly calls: readonly CreditCall[];
  readonly steps: readonly PlayedCall[];
  /** The largest whole number that each allocated column holds. */
  readonly capacity: Amounts;
  /** How many organizations there are at the end, and the whole log. */
  readonly organizationCount: number;
  readonly log: readonly LoggedAction[];
}

const PLAYERS = ["play.sql", "batch-play.sql"].map((file) =>
  readFileSync(codePath(`properties/credits/database/${file}`), "utf8"),
);

/** Creates the functions that play histories, in the temporary schema of the session. */
export async function preparePlayer(session: Session, schema: CreditSchema = PLAIN_SCHEMA): Promise<void> {
  const parts = playerParts(schema);
  for (const player of PLAYERS) {
    await session.query(player.replace(/\{\{([\w ]+)\}\}/g, (_, name: string) => parts[name] ?? ""));
  }
}

/** What the players' texts leave open. */
function playerParts(schema: CreditSchema): Readonly<Record<string, string>> {
  const columns = playedColumns(schema);
  const { kept, volatile } = splitColumns(schema);
  const names = columns.map((name) => escapeIdentifier(name));
  const times = schema.organizations.has("created_at") && !schema.extra.includes("created_at") ? ["created_at"] : [];

  return {
    columns: [...names, ...times].join(", "),
    values: [
      ...columns.map((name) => `account.${escapeIdentifier(name)}${castTo(schema.organizations, name)}`),
      ...times.map(() => "made"),
    ].join(", "),
    accounts: columns.map((_, index) => `json_array_elements_text(accounts[${index + 1}])`).join(", "),
    aliases: names.join(", "),
    "kept columns": kept.map((name) => `o.${escapeIdentifier(name)}`).join(", "),
    "volatile columns": volatile.map((name) => `o.${escapeIdentifier(name)}`).join(", "),
    "action order": actionOrder(schema),
    "logged credits": loggedCredits(schema),
    "number type": schema.numbers.type,
    numbers: NUMBER_COLUMNS.map((name) =>
      schema.numbers.type === "numeric" ? `trim_scale(o.${name})` : `o.${name}`,
    ).join(", "),
    "inserted organizations": insertedSql("organizations"),
    "inserted actions": insertedSql("credit_actions"),
    ...(schema.log.isNumbered ? NUMBERED : UNNUMBERED),
  };
}

/**
 * The columns of the baseline that no call changes, and those that the user's own triggers change on any UPDATE of the
 * row. What an UPDATE of another row changes is not observed.
 */
function splitColumns({ organizations, volatile, spreading }: CreditSchema) {
  const kept = [...organizations.keys()].filter((name) => !["id", "updated_at", ...volatile].includes(name));

  return { kept, volatile: volatile.filter((name) => !spreading.includes(name)) };
}

/** How many rows the transaction has inserted into a table, or into its partitions. */
function insertedSql(table: string): string {
  return `coalesce(
        (SELECT sum(pg_stat_get_xact_tuples_inserted(relid)) FROM pg_partition_tree('${table}') WHERE isleaf),
        pg_stat_get_xact_tuples_inserted('${table}'::regclass)
    )`;
}

/** Log rows are numbered by a sequence. */
const NUMBERED = {
  "action mark": "bigint",
  "last action": "nextval(pg_get_serial_sequence('credit_actions', 'id'))",
  "action is new": "a.id > last_action",
  "and old": "AND a.id < no_action",
  "last action now": `coalesce(
                (SELECT max(a.id) FROM credit_actions AS a WHERE a.id > last_action), last_action
            )`,
};

/** Log rows have other ids. */
const UNNUMBERED = {
  "action mark": "text[]",
  "last action": "ARRAY(SELECT id::text FROM credit_actions)",
  "action is new": "a.id::text <> ALL (last_action)",
  "last action now": "ARRAY(SELECT id::text FROM credit_actions)",
};

/**
 * Plays the calls on the organizations, and rolls back.
 * @throws Inconclusive where the organizations cannot be inserted
 */
export async function playHistory(
  session: Session,
  organizations: readonly Organization[],
  calls: readonly CreditCall[],
  schema: CreditSchema,
): Promise<CallTrace> {
  const ids = `{${organizations.map(({ id }) => id).join(",")}}`;
  const made = JSON.stringify(calls.map((call) => ({ ...call, described: "description" in call })));
  const { rows, error } = await session.tryAndRollBack([
    insertOrganizations(organizations, schema),
    `SELECT * FROM pg_temp.play('${ids}', ${escapeLiteral(made)})`,
  ]);
  if (error !== undefined) {
    throw new Inconclusive(`organizations that the contract allows cannot be made: ${error.message}`);
  }

  return buildTrace(organizations, calls, rows, schema);
}

type Columns = Readonly<Record<string, unknown>>;

/** @param rows one with the organizations, one for each call, and one for the final state */
function buildTrace(
  organizations: readonly Organization[],
  calls: readonly CreditCall[],
  [first, ...rows]: readonly (readonly (string | null)[])[],
  schema: CreditSchema,
): CallTrace {
  const toObserved = observer(schema);
  let before = parseRows(first?.[3] ?? null).map(toObserved);
  const steps = calls.map((call, index): PlayedCall => {
    const [returned = null, code = null, message = null, now = null, actions = null, named = null] = rows[index] ?? [];
    const after = now === null ? before : parseRows(now).map(toObserved);
    const step = {
      call,
      before,
      after,
      returned: parseAnswer(call, returned),
      ...(code === null ? {} : { error: { code, message: message ?? "" } }),
      actions: parseRows(actions).map(toLogged),
      ...(named === null ? {} : { namesPlan: named === "t" }),
    };
    before = after;

    return step;
  });
  const [count, , , , log] = rows[calls.length] ?? [];

  return {
    organizations,
    calls,
    steps,
    capacity: schema.numbers.capacity,
    organizationCount: Number(count),
    log: parseRows(log ?? null).map(toLogged),
  };
}

function parseRows(json: string | null): Columns[] {
  return json === null ? [] : (JSON.parse(json) as Columns[]);
}

/** The answer in the type of the function. */
function parseAnswer(call: CreditCall, returned: string | null): unknown {
  return returned === null || call.kind === "allocate"
    ? null
    : call.kind === "available"
      ? Number(returned)
      : returned === "true";
}

/** Reads organizations of a schema: the columns of its baseline, whatever the release adds. */
function observer(schema: CreditSchema): (columns: Columns) => ObservedOrganization {
  const { kept, volatile } = splitColumns(schema);

  return (columns) => {
    const pick = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, columns[name]]));
    const number = (name: string): number | null => (columns[name] ?? null) as number | null;

    return {
      id: columns["id"] as string,
      rest: pick(kept),
      volatile: pick(volatile),
      numbers: {
        allocated: byType((type) => number(`${type}_credits`)),
        used: byType((type) => number(`${type}_used_credits`)),
      },
    };
  };
}

function toLogged(columns: Columns): LoggedAction {
  return {
    id: columns["id"] as number,
    organization: columns["organization_id"] as string | null,
    action: columns["action_type"] as string,
    credits: columns["credits_consumed"] as number | null,
    description: columns["description"] as string | null,
  };
}

/** The organization in the model; undefined where a number is NULL, for which the model has no state. */
export function toModel({ id, rest, volatile, numbers }: ObservedOrganization): Organization | undefined {
  const all = [...Object.values(numbers.allocated), ...Object.values(numbers.used)];
  const { name, plan_name: planName, total_credits: totalCredits, status } = { ...rest, ...volatile };

  return all.includes(null)
    ? undefined
    : ({ id, name, planName, totalCredits, status, numbers: numbers as Numbers } as Organization);
}
