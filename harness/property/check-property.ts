/**
 * Checks one property with fast-check and returns the verdict as data. A violation is thrown to fast-check, which shrinks
 * it. An error of the harness ends the run at once, so that it cannot be mistaken for a violation.
 */
import { asyncProperty, check, PreconditionFailure, type RunDetails } from "fast-check";
import { Inconclusive, UnansweredError } from "../errors.ts";
import { checkInBatches, stopCheck } from "./batch-check.ts";
import { listViolations, type Property, type Violations } from "./property.ts";
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

/** So many cases per run asked for are tried at most, to have enough that can be decided. */
const ATTEMPTS_PER_RUN = 5;
/** Where none of so many cases can be decided, the others are not tried. */
const HOPELESS = 10;

/**
 * Runs the property until a case violates it or all cases are done. A case that cannot be decided is discarded, and
 * another takes its place; the verdict is `unknown` where fewer than half of the runs could be decided.
 * @throws what the property threw, except Inconclusive
 */
export async function checkProperty<Context extends TestContext>(
  property: Property<Context>,
  context: Context,
  { seed, runs, shrinksMax }: CheckOptions,
): Promise<CheckResult> {
  const started = performance.now();
  const cases = new CaseRunner(context, runs, shrinksMax);
  const details = await runCases(property, context, cases, { seed, numRuns: runs });
  const { id, title, rule } = property;
  const common = { id, title, rule, seed, durationMs: Math.round(performance.now() - started) };

  if (cases.failure !== undefined) throw cases.failure.error;
  const { unknown, decided } = cases;
  if (unknown !== undefined) return { ...common, verdict: "unknown", runs: decided, ...unknown };
  // Without an error, too many cases were discarded.
  if (!details?.failed || details.errorInstance === null) return { ...common, verdict: "held", runs: decided };

  return { ...common, ...readViolation(details), verdict: "violated", runs: decided + 1 };
}

async function runCases<Context extends TestContext>(
  property: Property<Context>,
  context: Context,
  cases: CaseRunner,
  { seed, numRuns }: { readonly seed: number; readonly numRuns: number },
): Promise<RunDetails<[unknown]> | undefined> {
  const isPrepared = await cases.attempt(async () => void (await context.prepare?.()));
  if (!isPrepared) return undefined;
  const toCase = (given: unknown): unknown => context.fitCase?.(given) ?? given;
  const source = {
    cases: property.given.map(toCase, (given) => given),
    seed,
    numRuns,
    examples: property.examples.map((example): [unknown] => [toCase(example)]),
  };
  cases.knownToHold = await checkInBatches(property, context, source);

  return await check(
    asyncProperty(source.cases, (given) => cases.run(() => property.holds(given, context))),
    { ...source, maxSkipsPerRun: ATTEMPTS_PER_RUN - 1 },
  );
}

function readViolation(details: RunDetails<[unknown]>): Partial<CheckResult> {
  const error = details.errorInstance;
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
  decided = 0;
  knownToHold: readonly boolean[] = [];
  readonly #context: TestContext;
  readonly #runs: number;
  #attempted = 0;
  #shrinksLeft: number;
  #isShrinking = false;
  /** How often each reason kept a case from being decided. */
  readonly #reasons = new Map<string, number>();
  #blocked = false;

  constructor(context: TestContext, runs: number, shrinksMax: number) {
    this.#context = context;
    this.#runs = runs;
    this.#shrinksLeft = shrinksMax;
  }

  async run(holds: () => Promise<Violations>): Promise<void> {
    if (this.#isShrinking && this.#shrinksLeft === 0) throw stopCheck();
    if (this.#isShrinking) this.#shrinksLeft -= 1;
    else this.#attempted += 1;
    if (!this.#isShrinking && this.knownToHold[this.#attempted - 1] === true) {
      this.decided += 1;
      return;
    }

    let violation: Violation | undefined;
    const isDecided = await this.attempt(async () => {
      [violation] = listViolations(await holds());
      await this.#context.endCase();
    });
    if (this.failure !== undefined || (!isDecided && this.#isHopeless)) throw stopCheck();
    if (!isDecided) throw new PreconditionFailure();
    if (violation !== undefined) {
      this.#isShrinking = true;
      throw new ViolationError(violation);
    }
    if (!this.#isShrinking) this.decided += 1;
  }

  /** @returns whether the work was decided */
  async attempt(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();

      return true;
    } catch (error) {
      const inconclusive = toInconclusive(error);
      if (inconclusive === undefined) {
        this.failure = { error };
      } else {
        // While shrinking, a smaller case that is inconclusive is no counterexample, and says nothing about others.
        if (!this.#isShrinking) this.#discard(inconclusive);
        await this.#context.endCase().catch((inCleanup: unknown) => {
          this.failure = { error: inCleanup };
        });
      }

      return false;
    }
  }

  /** Why too few cases could be decided. */
  get unknown(): Pick<CheckResult, "reason" | "blocked"> | undefined {
    if (this.#isShrinking || this.#reasons.size === 0) return undefined;
    const [[reason] = [""]] = [...this.#reasons].toSorted(([, one], [, other]) => other - one);
    if (this.#blocked) return { reason, blocked: true };
    if (this.decided === 0) return { reason };

    return this.decided * 2 < this.#runs
      ? { reason: `${this.decided} of ${this.#runs} cases could be decided: ${reason}` }
      : undefined;
  }

  #discard({ message, blocked }: Inconclusive): void {
    // What the release prevents counts more than what the schema does.
    if (blocked && !this.#blocked) this.#reasons.clear();
    this.#blocked ||= blocked;
    if (blocked === this.#blocked) this.#reasons.set(message, (this.#reasons.get(message) ?? 0) + 1);
  }

  /** A single run has no other case that could be decided. */
  get #isHopeless(): boolean {
    return this.#blocked || this.#runs === 1 || (this.decided === 0 && this.#attempted >= HOPELESS);
  }
}

/** The release decides what is in the database: if that leaves a query of the harness unanswered, it blocks the rule. */
function toInconclusive(error: unknown): Inconclusive | undefined {
  if (error instanceof UnansweredError) return new Inconclusive(error.message, { blocked: true });

  return error instanceof Inconclusive ? error : undefined;
}
