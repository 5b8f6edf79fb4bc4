/**
 * Plays many histories in one round trip, and says which of them went exactly as the model predicts: the answer or the
 * error of each call, the numbers of its organization afterwards, and in the end every organization and log row. The
 * numbers after a query are not compared, since it changes none, nor those after the last call on an organization, which
 * are its final ones. A history that deviates is played again by play.ts, which says how.
 */
import { escapeLiteral } from "pg";
import type { Session } from "../../../harness/database/session.ts";
import { isExpectedAction, matchesError } from "../model/call-checks.ts";
import { type CreditSchema, PLAIN_SCHEMA } from "../model/credit-schema.ts";
import { type CreditCall, type Numbers, nthId, type Organization, type PredictedCall } from "../model/model.ts";
import type { LoggedAction } from "./play.ts";
import { playedValues } from "./sql.ts";

/** Organizations, and a sequence of calls on them. */
export interface CallHistory {
  readonly organizations: readonly Organization[];
  readonly calls: readonly PredictedCall[];
}

/**
 * Plays the histories, and rolls back.
 * @returns for each whether it went as the model predicts; false for all where a call failed unexpectedly, or the batch
 * took too long
 */
export async function playBatch(
  session: Session,
  histories: readonly CallHistory[],
  schema: CreditSchema = PLAIN_SCHEMA,
): Promise<readonly boolean[]> {
  const ids = histories.map(({ organizations }, position) => organizations.map(({ id }) => batchId(id, position)));
  const values = batchArguments(histories, ids, schema);
  const parents = schema.rows?.insertParents(ids.flat().map((_, index) => nthId(index))) ?? [];
  const { rows } = await session.tryAndRollBack([...parents, `SELECT * FROM pg_temp.play_batch(${values.join(", ")})`]);
  const [answers = null, before = null, organizations = null, actions = null, made, logs] = rows[0] ?? [];
  const results = new BatchResults(
    parseArray(answers),
    JSON.parse(before ?? "{}") as BaselineTexts,
    parseArray(organizations),
    parseArray(actions),
  );

  // Rows of other organizations belong to no history.
  return Number(made) === ids.flat().length && Number(logs) === results.actionCount
    ? histories.map((history, position) => results.nextMatches(history, ids[position] ?? []))
    : histories.map(() => false);
}

/** The id of an organization in the history at this position of the batch. */
export function batchId(id: string, position: number): string {
  return `${id.slice(0, 9)}${(position + 1).toString(16).padStart(4, "0")}${id.slice(13)}`;
}

/** The ids of the organizations, by history. */
type Ids = readonly (readonly string[])[];

/** The arguments of play_batch, as SQL literals: ids, values and numbers of the organizations, values of the calls. */
function batchArguments(histories: readonly CallHistory[], ids: Ids, schema: CreditSchema): readonly string[] {
  const organizations = histories.flatMap((history) => history.organizations);
  const known = ids.flat();
  let first = 1;
  const calls = histories.flatMap(({ organizations: own, calls: predicted }) => {
    const values = predicted.map(({ call, expected }, index) => [
      call.organization === null ? null : idPosition(call.organization, own, first, known),
      "refused" in expected,
      isShown(predicted, index),
      ...callValues(call),
    ]);
    first += own.length;

    return values;
  });

  return [
    `'{${known.join(",")}}'`,
    columns(organizations.map((organization, index) => playedValues(organization, nthId(index), schema))),
    `'{${organizations.map(({ numbers }) => formatAmounts(numbers)).join(",")}}'`,
    columns(calls),
  ];
}

/** The position of the id, from 1. The id of an unknown organization is appended to the known ones. */
function idPosition(id: string, own: readonly Organization[], first: number, known: string[]): number {
  const index = own.findIndex((one) => one.id === id);

  return index < 0 ? known.push(id) : first + index;
}

/** Whether the numbers of the organization are read after the call. */
function isShown(calls: readonly PredictedCall[], index: number): boolean {
  const { call, becomes } = calls[index] as PredictedCall;

  return (
    call.kind !== "available" &&
    becomes !== undefined &&
    calls.findLastIndex((one) => one.becomes?.id === becomes.id) !== index
  );
}

/** Kind, plan or type, credits, description. */
function callValues(call: CreditCall): readonly (string | number | null)[] {
  switch (call.kind) {
    case "allocate":
      return [call.kind, call.plan, null, null];
    case "available":
      return [call.kind, call.type, null, null];
    case "consume":
      return call.description === undefined
        ? [call.kind, call.type, call.credits, null]
        : ["consume and describe", call.type, call.credits, call.description];
  }
}

/** The rows column by column, each a JSON array. */
function columns(rows: readonly (readonly unknown[])[]): string {
  const values = (rows[0] ?? []).map((_, column) => json(rows.map((row) => row[column])));

  return `ARRAY[${values.join(", ")}]::json[]`;
}

/** A value as an SQL literal, in dollar quotes where possible: they are the fastest to write and to read. */
function json(value: unknown): string {
  const text = JSON.stringify(value);

  return text.includes("$batch$") ? escapeLiteral(text) : `$batch$${text}$batch$`;
}

function parseArray<Value>(text: string | null): readonly Value[] {
  return text === null ? [] : (JSON.parse(text) as Value[]);
}

/** The eight numbers, in the order of play_batch. */
function formatAmounts({ allocated, used }: Numbers): string {
  return (
    `${allocated.ai},${allocated.whatsapp},${allocated.email},${allocated.sms},` +
    `${used.ai},${used.whatsapp},${used.email},${used.sms}`
  );
}

/** The columns of the baseline that nothing changes, and the volatile ones, by id. */
type BaselineTexts = Readonly<Record<string, readonly [kept: string, volatile: string]>>;

/** Id, the columns of the baseline as in `BaselineTexts`, and the numbers as an array. */
type OrganizationRow = readonly [id: string, kept: string, volatile: string, numbers: string];

/** Organization, action, credits and description. */
type LogRow = readonly [string | null, string, string | null, string | null];

class BatchResults {
  readonly #answers: readonly (string | null)[];
  /** The columns of the baseline before the calls, by id. */
  readonly #before: BaselineTexts;
  readonly #organizations = new Map<unknown, { readonly row: OrganizationRow; readonly log: LogRow[] }>();
  readonly actionCount: number;
  #next = 0;

  constructor(
    answers: readonly (string | null)[],
    before: BaselineTexts,
    organizations: readonly OrganizationRow[],
    actions: readonly LogRow[],
  ) {
    this.#answers = answers;
    this.#before = before;
    for (const row of organizations) {
      this.#organizations.set(row[0], { row, log: [] });
    }
    let count = 0;
    for (const row of actions) {
      // Rows of other organizations are not counted.
      count += this.#organizations.get(row[0])?.log.push(row) === undefined ? 0 : 1;
    }
    this.actionCount = count;
  }

  /** Whether the next history, in the order in which they were played, went as predicted. */
  nextMatches({ organizations, calls }: CallHistory, ids: readonly string[]): boolean {
    const from = this.#next;
    this.#next += calls.length;

    return (
      calls.every((call, index) => isAnswer(call, isShown(calls, index), this.#answers[from + index] ?? null)) &&
      organizations.every((organization, index) => this.#isFinalState(organization, ids[index], calls))
    );
  }

  /** Whether the organization and its log rows are as the calls leave them. */
  #isFinalState(organization: Organization, id: string | undefined, calls: readonly PredictedCall[]): boolean {
    const found = this.#organizations.get(id);
    if (found === undefined) return false;
    let { numbers } = organization;
    let logged = 0;
    for (const { call, expected, becomes } of calls) {
      if (becomes === undefined || becomes.id !== organization.id) continue;
      numbers = becomes.numbers;
      if ("action" in expected && expected.action !== undefined) {
        const row = found.log[logged];
        if (row === undefined || !isExpectedAction(parseAction(row, call), expected.action, call)) {
          return false;
        }
        logged += 1;
      }
    }
    const [, kept, volatile, amounts] = found.row;
    const [keptBefore, volatileBefore] = this.#before[id ?? ""] ?? [];

    return (
      found.log.length === logged &&
      kept === keptBefore &&
      (volatile === volatileBefore || calls.some((one) => mayUpdate(one, organization))) &&
      amounts === `{${formatAmounts(numbers)}}`
    );
  }
}

/** Whether the call may change the row at all: a consumption may set updated_at of any organization (rule C1). */
function mayUpdate({ call, expected, becomes }: PredictedCall, { id }: Organization): boolean {
  return "numbers" in expected && (call.kind === "consume" || becomes?.id === id);
}

/** The log row, whose organization is that of the call. */
function parseAction([, action, credits, description]: LogRow, { organization }: CreditCall): Omit<LoggedAction, "id"> {
  return { organization, action, credits: credits === null ? null : Number(credits), description };
}

/**
 * Whether a result is the predicted one. Of an error it is the five characters of the SQLSTATE, then the message. A
 * constraint's error is not the function's own.
 */
function isAnswer({ expected, becomes }: PredictedCall, shown: boolean, result: string | null): boolean {
  if ("refused" in expected) {
    const error = { code: result?.slice(0, 5) ?? "", message: result?.slice(5) ?? "" };

    return result !== null && !error.code.startsWith("23") && matchesError(expected.refused, error);
  }
  const returns = expected.returns === null ? "" : String(expected.returns);

  return result === (shown && becomes ? `${returns} {${formatAmounts(becomes.numbers)}}` : returns);
}
