/**
 * Playing many histories in one round trip, and saying only which of them went exactly as the model foresees: what each
 * call answered or was refused for, the numbers of its organization after it, and in the end every organization and
 * log row. Of a history that went otherwise nothing is known here: play.ts plays it with care, and tells what happened.
 */
import { isDeepStrictEqual } from "node:util";
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
  type Organization,
  type Refused,
} from "./model.ts";
import { asObserved, type Columns, type LoggedAction, logged, observed } from "./play.ts";

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
  const accounts = series.flatMap(({ organizations }) => organizations.map(columnsOf));
  const calls = series.flatMap(({ steps }) => steps.map(askedOf));
  const { rows } = await session.trial([
    `SELECT * FROM pg_temp.play_series(${json(accounts)}, ${json(calls)})`,
  ]);
  const [answers = null, organizations = null, actions = null, made, logs] = rows[0] ?? [];
  const told = new Told(parsed(answers), parsed(organizations), parsed(actions));

  // Rows that are not of these organizations: nobody can say whose they are.
  return Number(made) === accounts.length && Number(logs) === told.actionCount
    ? series.map((foreseen) => told.isAs(foreseen))
    : histories.map(() => false);
}

/** What the server told of a series. */
class Told {
  readonly #answers: readonly (string | null)[];
  readonly #organizations: ReadonlyMap<string, Columns>;
  readonly #actions = new Map<string, LoggedAction[]>();
  #next = 0;

  constructor(
    answers: readonly (string | null)[],
    organizations: readonly Columns[],
    actions: readonly Columns[],
  ) {
    this.#answers = answers;
    this.#organizations = new Map(organizations.map((columns) => [String(columns["id"]), columns]));
    for (const { id } of organizations.map(observed)) {
      this.#actions.set(id, []);
    }
    for (const action of actions.map(logged)) {
      this.#actions.get(action.organization ?? "")?.push(action);
    }
  }

  /** Log rows of the organizations of the series. */
  get actionCount(): number {
    return [...this.#actions.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Whether the next history went as foreseen: they are asked about in the order in which they were played. */
  isAs({ steps, left }: Foreseen): boolean {
    const answers = this.#answers.slice(this.#next, this.#next + steps.length);
    this.#next += steps.length;

    return (
      steps.every((step, index) => isAnswer(step, answers[index] ?? null)) &&
      left.every((one) => this.#has(one, steps))
    );
  }

  #has(organization: Organization, steps: readonly ForeseenStep[]): boolean {
    const columns = this.#organizations.get(organization.id);
    const actions = this.#actions.get(organization.id) ?? [];
    const wanted = steps.filter(
      ({ call, action }) => call.organization === organization.id && action !== undefined,
    );

    return (
      columns !== undefined &&
      isDeepStrictEqual(observed(columns), asObserved(organization)) &&
      actions.length === wanted.length &&
      wanted.every(({ call, action }, index) => {
        const found = actions[index];

        return found !== undefined && action !== undefined && isActionOf(found, action, call);
      })
    );
  }
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
  const numbers = organization === undefined ? [] : numbersOf(organization);
  const answer = [returns, ...numbers.map(([, value]) => value)].join(" ");

  return { call, answer, ...(expected.action === undefined ? {} : { action: expected.action }) };
}

/** The error's five characters of SQLSTATE come before its message. A constraint's error is no refusal of a function's. */
function isAnswer({ answer }: ForeseenStep, told: string | null): boolean {
  if (typeof answer === "string") {
    return told === answer;
  }
  const refusal = { code: told?.slice(0, 5) ?? "", message: told?.slice(5) ?? "" };

  return told !== null && !refusal.code.startsWith("23") && isFor(answer, refusal);
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

function columnsOf(organization: Organization): Columns {
  const { id, name, planName, totalCredits, status } = organization;

  return {
    id,
    name,
    plan_name: planName,
    total_credits: totalCredits,
    status,
    ...Object.fromEntries(numbersOf(organization)),
  };
}

/** The eight columns with their values, in the order in which the server tells them. */
function numbersOf({ numbers }: Organization): readonly (readonly [column: string, value: number])[] {
  return [
    ...CREDIT_TYPES.map((type) => [`${type}_credits`, numbers.allocated[type]] as const),
    ...CREDIT_TYPES.map((type) => [`${type}_used_credits`, numbers.used[type]] as const),
  ];
}

function askedOf({ call, answer }: ForeseenStep): Columns {
  return { ...call, described: "description" in call, refused: typeof answer !== "string" };
}

function json(value: unknown): string {
  return escapeLiteral(JSON.stringify(value));
}

function parsed<Value>(text: string | null): readonly Value[] {
  return text === null ? [] : (JSON.parse(text) as Value[]);
}
