/**
 * Generates sessions for schedules (pure): transactions of one or several calls, on few organizations with few credits, so
 * that they conflict; and the steps that each session sends.
 */
import { type Arbitrary, array, constant, constantFrom, nat, oneof, record } from "fast-check";
import type { ScheduleSession, SessionStep } from "../../../harness/schedule/schedule.ts";
import { callSql } from "../database/sql.ts";
import { creditTypes } from "./arbitraries.ts";
import { byType, type CreditCall, type CreditType, NO_CREDITS, nthId, type Organization } from "./model.ts";

export const ISOLATION_LEVELS = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"] as const;
export type IsolationLevel = (typeof ISOLATION_LEVELS)[number];

/** The names of the sessions; a schedule has at most as many. */
export const SESSIONS = ["first", "second", "third"] as const;

/** A call on the n-th organization, wrapping around. */
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
  /** `alone`: there is no BEGIN, and each call is a transaction at the server's default level. */
  readonly end: "commit" | "rollback" | "alone";
}

/** The sessions whose turn it is; afterwards the remaining steps run in order. */
export const picks = (): Arbitrary<number[]> => array(nat({ max: SESSIONS.length - 1 }), { maxLength: 12 });

/** The credits of each type of each organization, none of them used. */
export const pools = (): Arbitrary<number[]> => array(constantFrom(100, 60), { minLength: 1, maxLength: 2 });

/** Mostly the first, so that calls conflict. */
const anyOrganization = (): Arbitrary<number> => constantFrom(0, 0, 0, 1, 1, 2);

/** Mostly one type, so that calls conflict. */
const fewTypes = (): Arbitrary<CreditType> => oneof({ weight: 4, arbitrary: constant("ai" as const) }, creditTypes());

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

/** An organization for each pool, with so many credits of each type. */
export function organizationsFromPools(pools: readonly number[]): Organization[] {
  return pools.map((pool, index) => ({
    id: nthId(index),
    name: `Organization ${index + 1}`,
    planName: "custom",
    totalCredits: 0,
    status: "active",
    numbers: { allocated: byType(() => pool), used: NO_CREDITS },
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
  /** COMMIT or ROLLBACK; undefined where the call is a transaction by itself. */
  readonly last?: SessionStep;
}

/** The transactions of each session, with the steps that send them. */
export function buildTransactions(
  sessions: readonly (readonly Transaction[])[],
  organizations: readonly Organization[],
): readonly SessionTransaction[] {
  return sessions.flatMap((transactions, index) => {
    const session = SESSIONS[index] ?? "";
    const names = new StepNames();
    const units = transactions.flatMap((one): Omit<SessionTransaction, "name">[] => {
      const steps = () => one.calls.map((call) => callStep(call, organizations, names));
      const common = { session, level: one.level, commits: one.end !== "rollback" };
      if (one.end === "alone") {
        const level: IsolationLevel = "READ COMMITTED";
        return steps().map((call) => ({ ...common, level, calls: [call] }));
      }
      const begin = { name: names.next("begin"), sql: `BEGIN ISOLATION LEVEL ${one.level};` };
      const calls = steps();

      return [{ ...common, calls, begin, last: { name: names.next(one.end), sql: `${one.end.toUpperCase()};` } }];
    });

    return units.map((unit, at) => ({
      ...unit,
      name: units.length === 1 ? session : `${session} ${at + 1}`,
    }));
  });
}

/** The call on the organization that its number stands for. */
export function resolveSessionCall(call: SessionCall, organizations: readonly Organization[]): CreditCall {
  return { ...call, organization: organizations[call.organization % organizations.length]?.id ?? null };
}

function callStep(
  call: SessionCall,
  organizations: readonly Organization[],
  names: StepNames,
): SessionTransaction["calls"][number] {
  const made = resolveSessionCall(call, organizations);

  return { call: made, step: { name: names.next(call.kind), sql: callSql(made) } };
}

/** The steps of each session, in order. */
export function buildSessions(units: readonly SessionTransaction[]): readonly ScheduleSession[] {
  return SESSIONS.flatMap((session) => {
    const own = units.filter((unit) => unit.session === session);
    const steps = own.flatMap(({ begin, calls, last }) => [
      ...(begin === undefined ? [] : [begin]),
      ...calls.map(({ step }) => step),
      ...(last === undefined ? [] : [last]),
    ]);

    return steps.length === 0 ? [] : [{ session, steps }];
  });
}

/** Names steps: `consume`, then `consume2`. */
class StepNames {
  readonly #count = new Map<string, number>();

  next(name: string): string {
    const count = (this.#count.get(name) ?? 0) + 1;
    this.#count.set(name, count);

    return count === 1 ? name : `${name}${count}`;
  }
}
