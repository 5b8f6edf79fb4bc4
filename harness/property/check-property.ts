/**
 * Deciding: runs one property with fast-check and says the verdict as data. A violation is thrown to fast-check, which
 * shrinks it. Trouble of the harness never is: it ends the run at once, so that it cannot be taken for a violation.
 */
import { asyncProperty, check, type RunDetails } from "fast-check";
import { Inconclusive, UnansweredError } from "../errors.ts";
import { settledCases } from "./batch-check.ts";
import { interruption } from "./interrupt.ts";
import type { Property } from "./property.ts";
import type { TestContext } from "./test-context.ts";
import type { PropertyResult, Violation } from "./verdict.ts";

/** What a property is run with. */
export interface Course {
  readonly seed: number;
  readonly runs: number;
  /** Cases tried at most on the way from the first counterexample to the smallest. */
  readonly shrinksMax: number;
}

/** The result but for what only the ledger knows. */
export type Decided = Omit<PropertyResult, "expected" | "because">;

class Broken extends Error {
  readonly violation: Violation;

  constructor(violation: Violation) {
    super(violation.got);
    this.violation = violation;
  }
}

/**
 * Runs the property until a case breaks it or all are done.
 * @throws whatever the property threw that is neither a violation nor Inconclusive
 */
export async function decide<World extends TestContext>(
  property: Property<World>,
  world: World,
  course: Course,
): Promise<Decided> {
  const started = performance.now();
  const cases = {
    seed: course.seed,
    numRuns: course.runs,
    examples: property.examples.map((example): [unknown] => [example]),
  };
  const settled = await settledCases(property, world, cases);
  const watch = new Watch(course.shrinksMax, settled);
  const details = await check(
    asyncProperty(property.given, (given) => watch.case(() => property.holds(given, world), world)),
    cases,
  );
  const common = {
    id: property.id,
    title: property.title,
    rule: property.rule,
    seed: course.seed,
    durationMs: Math.round(performance.now() - started),
  };

  if (watch.trouble !== undefined) {
    throw watch.trouble.error;
  }
  if (watch.undecided !== undefined) {
    const { message, blocked } = watch.undecided;

    return {
      ...common,
      verdict: "unknown",
      runs: watch.decided,
      reason: message,
      ...(blocked ? { blocked } : {}),
    };
  }
  if (!details.failed) {
    return { ...common, verdict: "held", runs: details.numRuns };
  }

  return { ...common, ...violationOf(details), verdict: "violated", runs: details.numRuns };
}

function violationOf(details: RunDetails<[unknown]>): Partial<Decided> {
  const broken = details.failed ? details.errorInstance : undefined;
  if (!(broken instanceof Broken)) {
    throw broken;
  }

  return {
    shrinks: details.numShrinks,
    ...(details.counterexamplePath === null ? {} : { path: details.counterexamplePath }),
    counterexample: details.counterexample?.[0],
    violation: broken.violation,
  };
}

/** Sees every case, and ends the run once there is nothing more to find out: no case is made in vain then. */
class Watch {
  trouble: { readonly error: unknown } | undefined;
  undecided: Inconclusive | undefined;
  decided = 0;
  #shrinksLeft: number;
  #failed = false;

  readonly #settled: readonly boolean[];

  /** @param settled which of the first cases are known to hold */
  constructor(shrinksMax: number, settled: readonly boolean[]) {
    this.#shrinksLeft = shrinksMax;
    this.#settled = settled;
  }

  async case(holds: () => Promise<Violation | undefined>, world: TestContext): Promise<void> {
    if (this.#failed && this.#shrinksLeft === 0) {
      throw interruption();
    }
    if (this.#failed) {
      this.#shrinksLeft -= 1;
    } else if (this.#settled[this.decided] === true) {
      this.decided += 1;
      return;
    }

    const violation = await this.#attempt(holds, world);
    this.decided += 1;
    if (violation !== undefined) {
      this.#failed = true;
      throw new Broken(violation);
    }
    if (this.trouble !== undefined || this.undecided !== undefined) {
      throw interruption();
    }
  }

  async #attempt(
    holds: () => Promise<Violation | undefined>,
    world: TestContext,
  ): Promise<Violation | undefined> {
    try {
      const violation = await holds();
      await world.endCase();

      return violation;
    } catch (thrown) {
      const error = thrown instanceof UnansweredError ? ofTheRelease(thrown) : thrown;
      if (error instanceof Inconclusive) {
        // While shrinking, a smaller case that cannot tell is no counterexample, and says nothing about the others.
        if (!this.#failed) {
          this.undecided = error;
        }
        await world.endCase();
      } else {
        this.trouble = { error };
      }

      return undefined;
    }
  }
}

/** What is in the database is the release's doing. */
function ofTheRelease({ message }: UnansweredError): Inconclusive {
  return new Inconclusive(message, { blocked: true });
}
