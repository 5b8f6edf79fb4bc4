/**
 * The oracle of concurrency (pure): is there an order in which the transactions, one after the other, would have come to
 * the same? All orders are tried that keep each session's own; the model says what each call would have come to.
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

/** What came of a call. */
export interface CallResult {
  /** `first.consume` */
  readonly name: string;
  readonly call: CreditCall;
  /** As text; null where it was refused. */
  readonly returned: string | null;
  /** The error's message where it was refused: nothing of its transaction is then left. */
  readonly refused?: string;
}

/** What came of a transaction. */
export interface TransactionResult {
  /** `first`, or `first 2` */
  readonly name: string;
  readonly session: string;
  /** Up to the first that was refused. */
  readonly told: readonly CallResult[];
  /** Whether it committed. One that did not has no effect, but what it was told must be explained too. */
  readonly committed: boolean;
}

/** An organization's numbers at the end. */
export type FinalNumbers = ReadonlyMap<string, Numbers>;

export type Explanation =
  | { readonly order: readonly string[] }
  /** Why each order fails, at the place where it does: a line each. */
  | { readonly failures: readonly string[] };

/** Looks for an order that explains what every call was told and the numbers at the end. */
export function findSerialOrder(
  accounts: readonly TransactionResult[],
  organizations: readonly Organization[],
  final: FinalNumbers,
): Explanation {
  const sessions = new Map<string, TransactionResult[]>();
  for (const account of accounts) {
    sessions.set(account.session, [...(sessions.get(account.session) ?? []), account]);
  }
  const failures: string[] = [];
  const order = new Search(final, failures).from([...sessions.values()], stateOf(organizations), []);

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

  /** @param left what each session still has to do */
  from(
    left: readonly (readonly TransactionResult[])[],
    state: State,
    done: readonly string[],
  ): readonly string[] | undefined {
    const open = left.flatMap((accounts, index) =>
      accounts[0] === undefined ? [] : [[accounts[0], index] as const],
    );
    if (open.length === 0) {
      const difference = differenceOf(state, this.#final);
      if (difference === undefined) {
        return done;
      }
      this.#fail(done, difference);
    }
    for (const [account, index] of open) {
      const next = run(account, state);
      if ("unexplained" in next) {
        this.#fail(done, next.unexplained);
      } else {
        const found = this.from(left.with(index, left[index]?.slice(1) ?? []), next.state, [
          ...done,
          account.name,
        ]);
        if (found !== undefined) {
          return found;
        }
      }
    }

    return undefined;
  }

  #fail(done: readonly string[], why: string): void {
    this.#failures.push(`${done.length === 0 ? "at first" : `after ${done.join(", ")}`}: ${why}`);
  }
}

/** The transaction on its own, from a state. */
function run(
  { told, committed }: TransactionResult,
  before: State,
): { readonly state: State } | { readonly unexplained: string } {
  const state = new Map(before);
  for (const { name, call, returned, refused } of told) {
    const organization = state.get(call.organization ?? "");
    const expected = expectedOutcome(call, organization);
    const got = refused === undefined ? `returned ${returned ?? "NULL"}` : `was refused (${refused})`;

    if ("refused" in expected) {
      if (refused === undefined) {
        const { rule, message } = expected.refused;
        return {
          unexplained: `${name} ${got}, but is to be refused by ${rule}${message === undefined ? "" : ` (${message})`}`,
        };
      }
    } else if (refused !== undefined || !isAnswer(call, returned, expected.returns)) {
      return { unexplained: `${name} ${got}, but is to return ${answerText(expected.returns)}` };
    }
    if (organization !== undefined) {
      state.set(organization.id, applyOutcome(organization, expected));
    }
  }

  return { state: committed ? state : before };
}

/** A function that returns void gives null or an empty text, and neither means anything. */
function isAnswer(call: CreditCall, returned: string | null, expected: null | boolean | number): boolean {
  return call.kind === "allocate" || returned === answerText(expected);
}

function answerText(answer: null | boolean | number): string {
  return answer === true ? "t" : answer === false ? "f" : answer === null ? "nothing" : String(answer);
}

function stateOf(organizations: readonly Organization[]): State {
  return new Map(organizations.map((organization) => [organization.id, organization]));
}

function differenceOf(state: State, final: FinalNumbers): string | undefined {
  for (const [id, { numbers, name }] of state) {
    const found = final.get(id);
    if (!isDeepStrictEqual(numbers, found)) {
      const which = CREDIT_TYPES.filter(
        (type) =>
          numbers.allocated[type] !== found?.allocated[type] || numbers.used[type] !== found?.used[type],
      );
      const text = (of: Numbers | undefined) =>
        which.map((type) => `${type} ${of?.used[type]} of ${of?.allocated[type]}`).join(", ");
      return `${name} would have used ${text(numbers)}, and has ${text(found)}`;
    }
  }

  return undefined;
}
