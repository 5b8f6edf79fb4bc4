/**
 * Sessions made of calls, for schedules (pure): transactions of one or several calls, on organizations with few credits,
 * so that they get in each other's way; and the steps that a session sends for them.
 */
import { type Arbitrary, array, constant, constantFrom, nat, oneof, record } from "fast-check";
import type { ScheduleSession, SessionStep } from "../../../harness/schedule/schedule.ts";
import { callSql } from "../database/sql.ts";
import { creditTypes, organizationId } from "./arbitraries.ts";
import type { Amounts, CreditCall, CreditType, Organization } from "./model.ts";

export const ISOLATION_LEVELS = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"] as const;
export type IsolationLevel = (typeof ISOLATION_LEVELS)[number];

/** The names of the sessions, as many as a schedule has at most. */
export const SESSIONS = ["first", "second", "third"] as const;

/** A call on the n-th organization, counted round them. */
export type SessionCall =
  | {
      readonly kind: "consume";
      readonly organization: number;
      readonly type: CreditType;
      readonly credits: number;
    }
  | { readonly kind: "allocate"; readonly organization: number; readonly plan: string }
  | { readonly kind: "available"; readonly organization: number; readonly type: CreditType };

export interface Transaction {
  readonly level: IsolationLevel;
  readonly calls: readonly SessionCall[];
  /** With `alone` there is no BEGIN: each call is a transaction by itself, at the server's own level. */
  readonly end: "commit" | "rollback" | "alone";
}

/** Whose turn it is, for as long as it goes; the rest follows by itself. */
export const picks = (): Arbitrary<number[]> => array(nat({ max: SESSIONS.length - 1 }), { maxLength: 12 });

/** How many credits of each type an organization has, none of them used. */
export const pools = (): Arbitrary<number[]> => array(constantFrom(100, 60), { minLength: 1, maxLength: 2 });

/** Mostly one, so that calls meet. */
const anyOrganization = (): Arbitrary<number> => constantFrom(0, 0, 0, 1, 1, 2);

/** Few types, so that they meet: two are as good as four. */
const fewTypes = (): Arbitrary<CreditType> =>
  oneof({ weight: 4, arbitrary: constant("ai" as const) }, creditTypes());

export const sessionConsumptions = (): Arbitrary<SessionCall> =>
  record(
    {
      kind: constant("consume" as const),
      organization: anyOrganization(),
      type: fewTypes(),
      credits: constantFrom(60, 40, 100, 1),
    },
    { noNullPrototype: true },
  );

export const sessionAllocations = (): Arbitrary<SessionCall> =>
  record(
    {
      kind: constant("allocate" as const),
      organization: anyOrganization(),
      plan: constantFrom("custom", "premium"),
    },
    { noNullPrototype: true },
  );

export const sessionAvailabilityCalls = (): Arbitrary<SessionCall> =>
  record(
    { kind: constant("available" as const), organization: anyOrganization(), type: fewTypes() },
    { noNullPrototype: true },
  );

export interface TransactionOptions {
  readonly calls?: Arbitrary<SessionCall>;
  readonly level?: Arbitrary<IsolationLevel>;
}

export function transactions({
  calls = oneof(
    { weight: 5, arbitrary: sessionConsumptions() },
    { weight: 2, arbitrary: sessionAllocations() },
    { weight: 1, arbitrary: sessionAvailabilityCalls() },
  ),
  level = constantFrom(...ISOLATION_LEVELS),
}: TransactionOptions = {}): Arbitrary<Transaction> {
  return record(
    {
      level,
      calls: array(calls, { minLength: 1, maxLength: 2 }),
      end: constantFrom<Transaction["end"][]>("alone", "alone", "commit", "commit", "rollback"),
    },
    { noNullPrototype: true },
  );
}

/** Two or three sessions of one or two transactions. */
export function sessionTransactions(transaction: Arbitrary<Transaction>): Arbitrary<Transaction[][]> {
  return array(array(transaction, { minLength: 1, maxLength: 2 }), {
    minLength: 2,
    maxLength: SESSIONS.length,
  });
}

/** Organizations with so many credits of each type. */
export function organizationsFromPools(pools: readonly number[]): Organization[] {
  return pools.map((pool, index) => ({
    id: organizationId(index),
    name: `Organization ${index + 1}`,
    planName: "custom",
    totalCredits: 0,
    status: "active",
    numbers: { allocated: all(pool), used: all(0) },
  }));
}

/** A transaction of a session, and the steps that send it. */
export interface SessionTransaction {
  /** `first`, or `first 2` where the session has several. */
  readonly name: string;
  readonly session: string;
  readonly level: IsolationLevel;
  readonly commits: boolean;
  readonly calls: readonly { readonly call: CreditCall; readonly step: SessionStep }[];
  readonly begin?: SessionStep;
  /** COMMIT or ROLLBACK; undefined where a call is a transaction by itself. */
  readonly last?: SessionStep;
}

/** What each session sends. */
export function buildTransactions(
  sessions: readonly (readonly Transaction[])[],
  organizations: readonly Organization[],
): readonly SessionTransaction[] {
  return sessions.flatMap((transactions, index) => {
    const session = SESSIONS[index] ?? "";
    const named = new Names();
    const units = transactions.flatMap((one): Omit<SessionTransaction, "name">[] => {
      const made = () => one.calls.map((call) => callStep(call, organizations, named));
      const common = { session, level: one.level, commits: one.end !== "rollback" };
      if (one.end === "alone") {
        const level: IsolationLevel = "READ COMMITTED";
        return made().map((call) => ({ ...common, level, calls: [call] }));
      }
      const begin = { name: named.next("begin"), sql: `BEGIN ISOLATION LEVEL ${one.level};` };
      const calls = made();

      return [
        { ...common, calls, begin, last: { name: named.next(one.end), sql: `${one.end.toUpperCase()};` } },
      ];
    });

    return units.map((unit, at) => ({
      ...unit,
      name: units.length === 1 ? session : `${session} ${at + 1}`,
    }));
  });
}

function callStep(
  call: SessionCall,
  organizations: readonly Organization[],
  named: Names,
): SessionTransaction["calls"][number] {
  const made: CreditCall = {
    ...call,
    organization: organizations[call.organization % organizations.length]?.id ?? null,
  };

  return { call: made, step: { name: named.next(call.kind), sql: callSql(made) } };
}

/** The units as what the sessions send, in order. */
export function buildSessions(units: readonly SessionTransaction[]): readonly ScheduleSession[] {
  return SESSIONS.flatMap((session) => {
    const mine = units.filter((unit) => unit.session === session);
    const steps = mine.flatMap(({ begin, calls, last }) => [
      ...(begin === undefined ? [] : [begin]),
      ...calls.map(({ step }) => step),
      ...(last === undefined ? [] : [last]),
    ]);

    return steps.length === 0 ? [] : [{ session, steps }];
  });
}

function all(pool: number): Amounts {
  return { ai: pool, whatsapp: pool, email: pool, sms: pool };
}

/** `consume`, and the second time `consume2`. */
class Names {
  readonly #count = new Map<string, number>();

  next(name: string): string {
    const count = (this.#count.get(name) ?? 0) + 1;
    this.#count.set(name, count);

    return count === 1 ? name : `${name}${count}`;
  }
}
