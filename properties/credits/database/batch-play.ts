/**
 * Playing many histories in one round trip, and saying only which of them went exactly as the model foresees: what each
 * call answered or was refused for, the numbers of its organization after it (but for a question, which changes none, and
 * for the last call on it, whose numbers are those at the end), and in the end every organization and log row. Of a history that went otherwise nothing is known here: play.ts plays
 * it with care, and tells what happened.
 */
import { escapeLiteral } from "pg";
import type { Session } from "../../../harness/database/session.ts";
import { isExpectedAction, matchesError } from "../model/call-checks.ts";
import type { CreditCall, Numbers, Organization, PredictedCall } from "../model/model.ts";
import type { LoggedAction } from "./play.ts";

/** Organizations, and the calls that are made on them one after the other. */
export interface History {
  readonly organizations: readonly Organization[];
  readonly calls: readonly PredictedCall[];
}

/**
 * Plays the histories, and leaves nothing behind.
 * @returns for each whether all went as the model foresees; false for all where one of them was refused unforeseen, or they took too long
 */
export async function playBatch(
  session: Session,
  histories: readonly History[],
): Promise<readonly boolean[]> {
  const ids = histories.map(({ organizations }, place) => organizations.map(({ id }) => batchId(id, place)));
  const asked = askedOf(histories, ids);
  const { rows } = await session.tryAndRollBack([`SELECT * FROM pg_temp.play_series(${asked.join(", ")})`]);
  const [answers = null, organizations = null, actions = null, made, logs] = rows[0] ?? [];
  const told = new Told(parsed(answers), parsed(organizations), parsed(actions));

  // Rows that are not of these organizations: nobody can say whose they are.
  return Number(made) === ids.flat().length && Number(logs) === told.actionCount
    ? histories.map((history, place) => told.isAs(history, ids[place] ?? []))
    : histories.map(() => false);
}

/** The id of an organization by the place of its history among others that are there at the same time. */
export function batchId(id: string, place: number): string {
  return `${id.slice(0, 9)}${(place + 1).toString(16).padStart(4, "0")}${id.slice(13)}`;
}

/** The ids of the organizations, by history. */
type Ids = readonly (readonly string[])[];

/** What the server is told, as literals of SQL: ids, the organizations' values and numbers, the calls' values. */
function askedOf(histories: readonly History[], ids: Ids): readonly string[] {
  const organizations = histories.flatMap((history) => history.organizations);
  const known = ids.flat();
  let first = 1;
  const calls = histories.flatMap(({ organizations: own, calls: foreseen }) => {
    const values = foreseen.map(({ call, expected }, index) => [
      call.organization === null ? null : numberOf(call.organization, own, first, known),
      "refused" in expected,
      isShown(foreseen, index),
      ...valuesOf(call),
    ]);
    first += own.length;

    return values;
  });

  return [
    `'{${known.join(",")}}'`,
    columns(
      organizations.map(({ name, planName, totalCredits, status }) => [name, planName, totalCredits, status]),
    ),
    `'{${organizations.map(({ numbers }) => numbersText(numbers)).join(",")}}'`,
    columns(calls),
  ];
}

/** The number by which the server finds the id, from 1 on. The id of a stranger is made known first. */
function numberOf(id: string, own: readonly Organization[], first: number, known: string[]): number {
  const index = own.findIndex((one) => one.id === id);

  return index < 0 ? known.push(id) : first + index;
}

/** Whether the numbers of the call's organization are told after it. */
function isShown(calls: readonly PredictedCall[], index: number): boolean {
  const { call, becomes } = calls[index] as PredictedCall;

  return (
    call.kind !== "available" &&
    becomes !== undefined &&
    calls.findLastIndex((one) => one.becomes?.id === becomes.id) !== index
  );
}

/** The kind of a call, its plan or type, credits and description. */
function valuesOf(call: CreditCall): readonly (string | number | null)[] {
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

/** A value as a literal of SQL: quoted by a word that is not in it, since that is the fastest to write and to read. */
function json(value: unknown): string {
  const text = JSON.stringify(value);

  return text.includes("$series$") ? escapeLiteral(text) : `$series$${text}$series$`;
}

function parsed<Value>(text: string | null): readonly Value[] {
  return text === null ? [] : (JSON.parse(text) as Value[]);
}

/** The eight numbers, in the order in which the server takes and tells them. */
function numbersText({ allocated, used }: Numbers): string {
  return (
    `${allocated.ai},${allocated.whatsapp},${allocated.email},${allocated.sms},` +
    `${used.ai},${used.whatsapp},${used.email},${used.sms}`
  );
}

/** An organization as the server tells it: id, name, plan, pool, status, and the numbers as an array. */
type OrganizationRow = readonly [string, ...(string | null)[]];

/** A row of the log: its organization, action, credits and description. */
type LogRow = readonly [string | null, string, string | null, string | null];

/** What the server told of a series. */
class Told {
  readonly #answers: readonly (string | null)[];
  readonly #organizations = new Map<unknown, { readonly row: OrganizationRow; readonly log: LogRow[] }>();
  readonly actionCount: number;
  #next = 0;

  constructor(
    answers: readonly (string | null)[],
    organizations: readonly OrganizationRow[],
    actions: readonly LogRow[],
  ) {
    this.#answers = answers;
    for (const row of organizations) {
      this.#organizations.set(row[0], { row, log: [] });
    }
    let count = 0;
    for (const row of actions) {
      // What belongs to nobody here is missing from the count.
      count += this.#organizations.get(row[0])?.log.push(row) === undefined ? 0 : 1;
    }
    this.actionCount = count;
  }

  /** Whether the next history went as foreseen: they are asked about in the order in which they were played. */
  isAs({ organizations, calls }: History, ids: readonly string[]): boolean {
    const from = this.#next;
    this.#next += calls.length;

    return (
      calls.every((call, index) =>
        isAnswer(call, isShown(calls, index), this.#answers[from + index] ?? null),
      ) && organizations.every((organization, index) => this.#isLeft(organization, ids[index], calls))
    );
  }

  /** Whether the organization is left as the calls on it leave it, with what they logged. */
  #isLeft(organization: Organization, id: string | undefined, calls: readonly PredictedCall[]): boolean {
    const found = this.#organizations.get(id);
    if (found === undefined) {
      return false;
    }
    let { numbers } = organization;
    let logged = 0;
    for (const { call, expected, becomes } of calls) {
      if (becomes === undefined || becomes.id !== organization.id) {
        continue;
      }
      numbers = becomes.numbers;
      if ("action" in expected && expected.action !== undefined) {
        const row = found.log[logged];
        if (row === undefined || !isExpectedAction(actionOf(row, call), expected.action, call)) {
          return false;
        }
        logged += 1;
      }
    }
    const [, name, planName, totalCredits, status, numbersTold] = found.row;

    return (
      found.log.length === logged &&
      name === organization.name &&
      planName === organization.planName &&
      totalCredits === (organization.totalCredits === null ? null : String(organization.totalCredits)) &&
      status === organization.status &&
      numbersTold === `{${numbersText(numbers)}}`
    );
  }
}

/** The row, which was found under the id of the call's organization. */
function actionOf(
  [, action, credits, description]: LogRow,
  { organization }: CreditCall,
): Omit<LoggedAction, "id"> {
  return { organization, action, credits: credits === null ? null : Number(credits), description };
}

/**
 * Whether the server told of a call what is foreseen. An error's five characters of SQLSTATE come before its message. A
 * constraint's error is no refusal of a function's, but where the rules leave open who refuses (A7).
 */
function isAnswer({ expected, becomes }: PredictedCall, shown: boolean, told: string | null): boolean {
  if ("refused" in expected) {
    const refusal = { code: told?.slice(0, 5) ?? "", message: told?.slice(5) ?? "" };
    const leaked = refusal.code.startsWith("23") && expected.refused.rule !== "A7";

    return told !== null && !leaked && matchesError(expected.refused, refusal);
  }
  const returns = expected.returns === null ? "" : String(expected.returns);

  return told === (shown && becomes ? `${returns} {${numbersText(becomes.numbers)}}` : returns);
}
