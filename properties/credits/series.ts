/**
 * Playing many histories in one round trip, and saying only which of them went exactly as the model foresees: what each
 * call answered or was refused for, the numbers of its organization after it (but for a question, which changes none),
 * and in the end every organization and log row. Of a history that went otherwise nothing is known here: play.ts plays
 * it with care, and tells what happened.
 */
import { escapeLiteral } from "pg";
import type { Session } from "../../harness/database/session.ts";
import { isActionOf, isFor } from "./judge.ts";
import {
  type Action,
  after,
  type Call,
  CREDIT_TYPES,
  type Expected,
  expectedOf,
  type Numbers,
  type Organization,
  type Refused,
} from "./model.ts";
import type { LoggedAction } from "./play.ts";

/** Organizations, and the calls that are made on them. */
export interface History {
  readonly organizations: readonly Organization[];
  readonly calls: readonly Call[];
}

/** A call, and what the model foresees of it: the text of the answer, or why it is refused. */
interface ForeseenStep {
  readonly call: Call;
  readonly answer: string | Refused;
  readonly action?: Action;
}

interface Foreseen {
  readonly organizations: readonly Organization[];
  readonly steps: readonly ForeseenStep[];
  /** The organizations after the last call. */
  readonly left: readonly Organization[];
}

/**
 * Plays the histories, and leaves nothing behind.
 * @returns for each whether all went as the model foresees; false for all where one of them was refused unforeseen, or they took too long
 */
export async function playSeries(
  session: Session,
  histories: readonly History[],
): Promise<readonly boolean[]> {
  const series = histories.map(foresee);
  const accounts = series.flatMap(({ organizations }) => organizations.map(valuesOf));
  const calls = series.flatMap(({ steps }) => steps.map(askedOf));
  const { rows } = await session.trial([
    `SELECT * FROM pg_temp.play_series(${columnsOf(accounts)}, ${columnsOf(calls)})`,
  ]);
  const [answers = null, organizations = null, actions = null, made, logs] = rows[0] ?? [];
  const told = new Told(parsed(answers), parsed(organizations), parsed(actions));

  // Rows that are not of these organizations: nobody can say whose they are.
  return Number(made) === accounts.length && Number(logs) === told.actionCount
    ? series.map((foreseen) => told.isAs(foreseen))
    : histories.map(() => false);
}

/** The values of an organization or a call, in the order in which the server takes them. */
type Values = readonly (string | number | boolean | null)[];

/** An organization as the server tells it: what `valuesOf` says, in the same order, as text. */
type Texts = readonly (string | null)[];

/** A row of the log: its organization, action, credits and description. */
type LogRow = readonly [string | null, string, string | null, string | null];

/** What the server told of a series. */
class Told {
  readonly #answers: readonly (string | null)[];
  readonly #organizations = new Map<unknown, { readonly texts: Texts; readonly actions: LogRow[] }>();
  readonly actionCount: number;
  #next = 0;

  constructor(
    answers: readonly (string | null)[],
    organizations: readonly Texts[],
    actions: readonly LogRow[],
  ) {
    this.#answers = answers;
    for (const texts of organizations) {
      this.#organizations.set(texts[0], { texts, actions: [] });
    }
    let count = 0;
    for (const row of actions) {
      // What belongs to nobody here is missing from the count.
      count += this.#organizations.get(row[0])?.actions.push(row) === undefined ? 0 : 1;
    }
    this.actionCount = count;
  }

  /** Whether the next history went as foreseen: they are asked about in the order in which they were played. */
  isAs({ steps, left }: Foreseen): boolean {
    const from = this.#next;
    this.#next += steps.length;

    return (
      steps.every((step, index) => isAnswer(step, this.#answers[from + index] ?? null)) &&
      left.every((one) => this.#has(one, steps))
    );
  }

  #has(organization: Organization, steps: readonly ForeseenStep[]): boolean {
    const found = this.#organizations.get(organization.id);
    const wanted = steps.filter(
      ({ call, action }) => action !== undefined && call.organization === organization.id,
    );

    return (
      found !== undefined &&
      valuesOf(organization).every((value, index) => found.texts[index] === textOf(value)) &&
      found.actions.length === wanted.length &&
      wanted.every(({ call, action }, index) => {
        const row = found.actions[index];

        return row !== undefined && action !== undefined && isActionOf(actionOf(row), action, call);
      })
    );
  }
}

function actionOf([organization, action, credits, description]: LogRow): Omit<LoggedAction, "id"> {
  return { organization, action, credits: credits === null ? null : Number(credits), description };
}

function textOf(value: Values[number]): string | null {
  return value === null ? null : String(value);
}

function foresee(history: History, place: number): Foreseen {
  const { organizations, calls } = atPlace(history, place);
  const now = new Map(organizations.map((one) => [one.id, one]));
  const steps = calls.map((call): ForeseenStep => {
    const organization = now.get(call.organization ?? "");
    const expected = expectedOf(call, organization);
    if (organization === undefined) {
      return stepOf(call, expected, undefined);
    }
    const then = after(organization, expected);
    now.set(then.id, then);

    return stepOf(call, expected, then);
  });

  return { organizations, steps, left: [...now.values()] };
}

function stepOf(call: Call, expected: Expected, organization: Organization | undefined): ForeseenStep {
  if ("refused" in expected) {
    return { call, answer: expected.refused };
  }
  const returns = expected.returns === null ? "" : String(expected.returns);
  const answer =
    organization === undefined || call.kind === "available"
      ? returns
      : `${returns} {${numbersOf(organization.numbers).join(",")}}`;

  return { call, answer, ...(expected.action === undefined ? {} : { action: expected.action }) };
}

/**
 * The error's five characters of SQLSTATE come before its message. A constraint's error is no refusal of a function's,
 * but where the rules leave open who refuses (A7).
 */
function isAnswer({ answer }: ForeseenStep, told: string | null): boolean {
  if (typeof answer === "string") {
    return told === answer;
  }
  const refusal = { code: told?.slice(0, 5) ?? "", message: told?.slice(5) ?? "" };

  const leaked = refusal.code.startsWith("23") && answer.rule !== "A7";

  return told !== null && !leaked && isFor(answer, refusal);
}

/** The history with organizations of its own, by its place among others that are there at the same time. */
export function atPlace({ organizations, calls }: History, place: number): History {
  const ids = new Map(organizations.map(({ id }) => [id, placed(id, place)]));
  const idOf = (id: string | null): string | null => ids.get(id ?? "") ?? id;

  return {
    organizations: organizations.map((one) => ({ ...one, id: placed(one.id, place) })),
    calls: calls.map((call) => ({ ...call, organization: idOf(call.organization) })),
  };
}

function placed(id: string, place: number): string {
  return `${id.slice(0, 9)}${(place + 1).toString(16).padStart(4, "0")}${id.slice(13)}`;
}

/** The rows column by column, as SQL. */
function columnsOf(rows: readonly Values[]): string {
  const columns = (rows[0] ?? []).map((_, column) => rows.map((row) => row[column]));

  return `ARRAY[${columns.map(json).join(", ")}]::json[]`;
}

/** The values of an organization, in the order in which the server takes and tells them. */
function valuesOf(organization: Organization): Values {
  const { id, name, planName, totalCredits, status, numbers } = organization;

  return [id, name, planName, totalCredits, status, ...numbersOf(numbers)];
}

/** The eight numbers, in the order in which the server tells them. */
function numbersOf({ allocated, used }: Numbers): readonly number[] {
  return [...CREDIT_TYPES.map((type) => allocated[type]), ...CREDIT_TYPES.map((type) => used[type])];
}

/** What the server is told of a call: its kind, organization, plan or type, credits, description, whether it is refused. */
function askedOf({ call, answer }: ForeseenStep): Values {
  const refused = typeof answer !== "string";
  switch (call.kind) {
    case "allocate":
      return [call.kind, call.organization, call.plan, null, null, refused];
    case "available":
      return [call.kind, call.organization, call.type, null, null, refused];
    case "consume": {
      const { organization, type, credits, description } = call;

      return description === undefined
        ? [call.kind, organization, type, credits, null, refused]
        : ["consume and describe", organization, type, credits, description, refused];
    }
  }
}

/** A value as a literal of SQL: quoted by a word that is not in it, since that is the fastest to write and to read. */
function json(value: unknown): string {
  const text = JSON.stringify(value);

  return text.includes("$series$") ? escapeLiteral(text) : `$series$${text}$series$`;
}

function parsed<Value>(text: string | null): readonly Value[] {
  return text === null ? [] : (JSON.parse(text) as Value[]);
}
