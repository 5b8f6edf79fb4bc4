/**
 * Runs single cases of a property, and remembers what kept cases from being decided: a case that cannot be decided is
 * discarded, and another takes its place. An error of the harness ends everything.
 */
import { Inconclusive, UnansweredError } from "../errors.ts";
import type { TestContext } from "./test-context.ts";

/** Where none of so many cases can be decided, the others are not tried. */
const HOPELESS = 10;

export class CaseRunner {
  failure: { readonly error: unknown } | undefined;
  /** Cases that were decided, except those on the way to a smaller counterexample. */
  decided = 0;
  #attempted = 0;
  #blocked = false;
  /** How often each reason kept a case from being decided. */
  readonly #reasons = new Map<string, number>();
  readonly #context: TestContext;
  readonly #runs: number;

  constructor(context: TestContext, runs: number) {
    this.#context = context;
    this.#runs = runs;
  }

  /**
   * Checks a case and cleans up after it.
   * @returns what the check returned; undefined if the case could not be decided or the harness failed
   */
  async run<Result>(check: () => Promise<Result>, isShrinking: boolean): Promise<Result | undefined> {
    if (!isShrinking) this.#attempted += 1;

    return await this.attempt(async () => {
      const result = await check();
      await this.#context.endCase();

      return result;
    }, isShrinking);
  }

  /** @returns what the work returned; undefined if it could not be decided or the harness failed */
  async attempt<Result>(work: () => Promise<Result>, isShrinking = false): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      const inconclusive = toInconclusive(error);
      if (inconclusive === undefined) {
        this.failure = { error };
      } else {
        // While shrinking, a smaller case that is inconclusive is no counterexample, and says nothing about others.
        if (!isShrinking) this.#discard(inconclusive);
        await this.#context.endCase().catch((inCleanup: unknown) => {
          this.failure = { error: inCleanup };
        });
      }

      return undefined;
    }
  }

  /** Why too few cases could be decided. */
  get unknown(): { readonly reason: string; readonly blocked?: true } | undefined {
    if (this.#reasons.size === 0) return undefined;
    const [[reason] = [""]] = [...this.#reasons].toSorted(([, one], [, other]) => other - one);
    if (this.#blocked) return { reason, blocked: true };
    if (this.decided === 0) return { reason };

    return this.decided * 2 < this.#runs
      ? { reason: `${this.decided} of ${this.#runs} cases could be decided: ${reason}` }
      : undefined;
  }

  /** Whether no other case could be decided, as where there is a single run. */
  get isHopeless(): boolean {
    return this.#blocked || this.#runs === 1 || (this.decided === 0 && this.#attempted >= HOPELESS);
  }

  #discard({ message, blocked }: Inconclusive): void {
    // What the release prevents counts more than what the schema does.
    if (blocked && !this.#blocked) this.#reasons.clear();
    this.#blocked ||= blocked;
    if (blocked === this.#blocked) this.#reasons.set(message, (this.#reasons.get(message) ?? 0) + 1);
  }
}

/** The release decides what is in the database: if that leaves a query of the harness unanswered, it blocks the rule. */
function toInconclusive(error: unknown): Inconclusive | undefined {
  if (error instanceof UnansweredError) return new Inconclusive(error.message, { blocked: true });

  return error instanceof Inconclusive ? error : undefined;
}
