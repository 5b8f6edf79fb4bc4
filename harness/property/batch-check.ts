/**
 * Checks many cases together before they are checked one by one. fast-check generates the same cases in the same order
 * from the same seed. A case that is not known to hold afterwards is checked as usual, so this only saves time.
 */
import { type Arbitrary, asyncProperty, check, PreconditionFailure } from "fast-check";
import { Inconclusive } from "../errors.ts";
import type { Property } from "./property.ts";
import type { TestContext } from "./test-context.ts";

/** If none of the first cases is known to hold, the rest is not worth the time. */
const FIRST_BATCH = 10;
const BATCH = 100;

/** What fast-check generates cases from. */
export interface CaseSource {
  readonly cases: Arbitrary<unknown>;
  readonly seed: number;
  readonly numRuns: number;
  readonly examples: [unknown][];
}

/** Makes fast-check end a run when thrown: it generates no further case, and what it found before stays. */
export function stopCheck(): PreconditionFailure {
  return new PreconditionFailure(true);
}

/**
 * Checks the cases of a property together.
 * @returns for each of the first cases whether it certainly holds; empty if the property has no `batchCheck`
 * @throws what the property threw, except Inconclusive: checking the case by itself reports that
 */
export async function checkInBatches<Context extends TestContext>(
  property: Property<Context>,
  context: Context,
  source: CaseSource,
): Promise<readonly boolean[]> {
  if (property.batchCheck === undefined) return [];
  const results: boolean[] = [];
  const errors: unknown[] = [];
  const waiting: unknown[] = [];
  const collect = async (given: unknown): Promise<void> => {
    waiting.push(given);
    const size = results.length === 0 ? FIRST_BATCH : BATCH;
    if (waiting.length < size && results.length + waiting.length < source.numRuns) return;
    const batch = await property.batchCheck?.(waiting.splice(0), context).catch((error: unknown) => {
      errors.push(error);
    });
    results.push(...(batch ?? []));
    if (batch?.includes(true) !== true) throw stopCheck();
  };
  await check(asyncProperty(source.cases, collect), source);
  const [error] = errors;
  if (error !== undefined && !(error instanceof Inconclusive)) throw error;

  return results;
}
