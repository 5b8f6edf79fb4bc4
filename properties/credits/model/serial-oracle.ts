/**
 * The serial oracle (pure): looks for an order in which the transactions, one after the other, would have had the same
 * results. It tries every order that keeps the order of each session; the model predicts each call.
 */
import { isDeepStrictEqual } from "node:util";
import {
  applyOutcome,
  CREDIT_TYPES,
  type CreditCall,
  expectedOutcome,
  type Numbers,
  type Organization,
} from "./model.ts";

export interface CallResult {
  /** `first.consume` */
  readonly name: string;
  readonly call: CreditCall;
  /** As text; null after an error. */
  readonly returned: string | null;
  /** The message of its error, which undid the transaction. */
  readonly refused?: string;
}

export interface TransactionResult {
  /** `first`, or `first 2` */
  readonly name: string;
  readonly session: string;
  /** The calls up to the first error. */
  readonly calls: readonly CallResult[];
  /** One that did not commit has no effect, but its results must be explained too. */
  readonly committed: boolean;
}

/** The final numbers of each organization. */
export type FinalNumbers = ReadonlyMap<string, Numbers>;

export type Explanation =
  | { readonly order: readonly string[] }
  /** A line for each order: where it fails, and why. */
  | { readonly failures: readonly string[] };

/** Looks for an order that explains every result and the final numbers. */
export function findSerialOrder(
  transactions: readonly TransactionResult[],
  organizations: readonly Organization[],
  final: FinalNumbers,
): Explanation {
  const sessions = new Map<string, TransactionResult[]>();
  for (const transaction of transactions) {
    sessions.set(transaction.session, [...(sessions.get(transaction.session) ?? []), transaction]);
  }
  const failures: string[] = [];
  const order = new Search(final, failures).from([...sessions.values()], initialState(organizations), []);

  return order === undefined ? { failures } : { order };
}

type State = ReadonlyMap<string, Organization>;

class Search {
  readonly #final: FinalNumbers;
  readonly #failures: string[];

  constructor(final: FinalNumbers, failures: string[]) {
    this.#final = final;
    this.#failures = failures;
  }

  /** @param left the remaining transactions of each session */
  from(
    left: readonly (readonly TransactionResult[])[],
    state: State,
    done: readonly string[],
  ): readonly string[] | undefined {
    const open = left.flatMap((transactions, index) =>
      transactions[0] === undefined ? [] : [[transactions[0], index] as const],
    );
    if (open.length === 0) {
      const difference = findDifference(state, this.#final);
      if (difference === undefined) return done;
      this.#fail(done, difference);
    }
    for (const [transaction, index] of open) {
      const next = run(transaction, state);
      if ("unexplained" in next) {
        this.#fail(done, next.unexplained);
      } else {
        const found = this.from(left.with(index, left[index]?.slice(1) ?? []), next.state, [...done, transaction.name]);
        if (found !== undefined) return found;
      }
    }

    return undefined;
  }

  #fail(done: readonly string[], why: string): void {
    this.#failures.push(`${done.length === 0 ? "at first" : `after ${done.join(", ")}`}: ${why}`);
  }
}

/** Runs the transaction alone, from a state. */
function run(
  { calls, committed }: TransactionResult,
  before: State,
): { readonly state: State } | { readonly unexplained: string } {
  const state = new Map(before);
  for (const { name, call, returned, refused } of calls) {
    const organization = state.get(call.organization ?? "");
    const expected = expectedOutcome(call, organization);
    const got = refused === undefined ? `returned ${returned ?? "NULL"}` : `was refused (${refused})`;

    if ("refused" in expected) {
      if (refused === undefined) {
        const { rule, message } = expected.refused;
        return {
          unexplained: `${name} ${got}, but must be refused by ${rule}${message === undefined ? "" : ` (${message})`}`,
        };
      }
    } else if (refused !== undefined || !isAnswer(call, returned, expected.returns)) {
      return { unexplained: `${name} ${got}, but must return ${formatAnswer(expected.returns)}` };
    }
    if (organization !== undefined) state.set(organization.id, applyOutcome(organization, expected));
  }

  return { state: committed ? state : before };
}

/** A function that returns void yields NULL or an empty text. */
function isAnswer(call: CreditCall, returned: string | null, expected: null | boolean | number): boolean {
  return call.kind === "allocate" || returned === formatAnswer(expected);
}

function formatAnswer(answer: null | boolean | number): string {
  return answer === true ? "t" : answer === false ? "f" : answer === null ? "nothing" : String(answer);
}

function initialState(organizations: readonly Organization[]): State {
  return new Map(organizations.map((organization) => [organization.id, organization]));
}

function findDifference(state: State, final: FinalNumbers): string | undefined {
  for (const [id, { numbers, name }] of state) {
    const found = final.get(id);
    if (!isDeepStrictEqual(numbers, found)) {
      const which = CREDIT_TYPES.filter(
        (type) => numbers.allocated[type] !== found?.allocated[type] || numbers.used[type] !== found?.used[type],
      );
      const text = (of: Numbers | undefined) =>
        which.map((type) => `${type} ${of?.used[type]} of ${of?.allocated[type]}`).join(", ");
      return `${name} would have used ${text(numbers)}, and has ${text(found)}`;
    }
  }

  return undefined;
}
