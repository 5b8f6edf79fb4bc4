/**
 * Checks one property with fast-check and returns the verdict as data. A violation is thrown to fast-check, which shrinks
 * it. An error of the harness ends the run at once, so that it cannot be mistaken for a violation.
 */
import { asyncProperty, check, type RunDetails } from "fast-check";
import { Inconclusive, UnansweredError } from "../errors.ts";
import { checkInBatches, stopCheck } from "./batch-check.ts";
import type { Property } from "./property.ts";
import type { TestContext } from "./test-context.ts";
import type { PropertyResult, Violation } from "./verdict.ts";

export interface CheckOptions {
  readonly seed: number;
  readonly runs: number;
  /** The most cases tried on the way from the first counterexample to the smallest. */
  readonly shrinksMax: number;
}

/** The result, except for what depends on the known failures. */
export type CheckResult = Omit<PropertyResult, "expected" | "because">;

class ViolationError extends Error {
  readonly violation: Violation;

  constructor(violation: Violation) {
    super(violation.got);
    this.violation = violation;
  }
}

/**
 * Runs the property until a case violates it or all cases are done.
 * @throws what the property threw, except Inconclusive: the verdict is then `unknown`
 */
export async function checkProperty<Context extends TestContext>(
  property: Property<Context>,
  context: Context,
  { seed, runs, shrinksMax }: CheckOptions,
): Promise<CheckResult> {
  const started = performance.now();
  const source = {
    seed,
    numRuns: runs,
    examples: property.examples.map((example): [unknown] => [example]),
  };
  const cases = new CaseRunner(context, shrinksMax, await checkInBatches(property, context, source));
  const details = await check(
    asyncProperty(property.given, (given) => cases.run(() => property.holds(given, context))),
    source,
  );
  const { id, title, rule } = property;
  const common = { id, title, rule, seed, durationMs: Math.round(performance.now() - started) };

  if (cases.failure !== undefined) throw cases.failure.error;
  if (cases.inconclusive !== undefined) {
    const { message, blocked } = cases.inconclusive;

    return {
      ...common,
      verdict: "unknown",
      runs: cases.checked,
      reason: message,
      ...(blocked ? { blocked } : {}),
    };
  }
  if (!details.failed) return { ...common, verdict: "held", runs: details.numRuns };

  return { ...common, ...readViolation(details), verdict: "violated", runs: details.numRuns };
}

function readViolation(details: RunDetails<[unknown]>): Partial<CheckResult> {
  const error = details.failed ? details.errorInstance : undefined;
  if (!(error instanceof ViolationError)) throw error;

  return {
    shrinks: details.numShrinks,
    ...(details.counterexamplePath === null ? {} : { path: details.counterexamplePath }),
    counterexample: details.counterexample?.[0],
    violation: error.violation,
  };
}

/** Runs the cases that fast-check generates, and stops it as soon as more cases cannot change the result. */
class CaseRunner {
  failure: { readonly error: unknown } | undefined;
  inconclusive: Inconclusive | undefined;
  checked = 0;
  readonly #context: TestContext;
  readonly #knownToHold: readonly boolean[];
  #shrinksLeft: number;
  #isShrinking = false;

  constructor(context: TestContext, shrinksMax: number, knownToHold: readonly boolean[]) {
    this.#context = context;
    this.#shrinksLeft = shrinksMax;
    this.#knownToHold = knownToHold;
  }

  async run(holds: () => Promise<Violation | undefined>): Promise<void> {
    if (this.#isShrinking && this.#shrinksLeft === 0) throw stopCheck();
    if (this.#isShrinking) {
      this.#shrinksLeft -= 1;
    } else if (this.#knownToHold[this.checked] === true) {
      this.checked += 1;
      return;
    }

    const violation = await this.#check(holds);
    this.checked += 1;
    if (violation !== undefined) {
      this.#isShrinking = true;
      throw new ViolationError(violation);
    }
    if (this.failure !== undefined || this.inconclusive !== undefined) throw stopCheck();
  }

  async #check(holds: () => Promise<Violation | undefined>): Promise<Violation | undefined> {
    try {
      const violation = await holds();
      await this.#context.endCase();

      return violation;
    } catch (error) {
      const inconclusive = toInconclusive(error);
      if (inconclusive === undefined) {
        this.failure = { error };
      } else {
        // While shrinking, a smaller case that is inconclusive is no counterexample, and says nothing about others.
        if (!this.#isShrinking) this.inconclusive = inconclusive;
        await this.#context.endCase();
      }

      return undefined;
    }
  }
}

/** The release decides what is in the database: if that leaves a query of the harness unanswered, it blocks the rule. */
function toInconclusive(error: unknown): Inconclusive | undefined {
  if (error instanceof UnansweredError) return new Inconclusive(error.message, { blocked: true });

  return error instanceof Inconclusive ? error : undefined;
}
