/** Tests mutants, a few at a time, and records each outcome at once, so that a stopped run can be resumed. */
import { runConcurrently } from "../suite/concurrency-limit.ts";
import type { Killers } from "./killers.ts";
import type { Mutant } from "./mutant.ts";
import type { MutantOutcome, MutantResult } from "./mutant-result.ts";
import type { ResultJournal } from "./result-journal.ts";
import { type MutationContext, testMutant } from "./test-mutant.ts";

export interface MutationOptions {
  readonly context: MutationContext;
  readonly journal: ResultJournal;
  /** Properties to check first. */
  readonly killers?: Killers;
  readonly onTested?: (done: number) => void;
}

/** The outcome of a mutant that need not be tested: it is equivalent, or an earlier run has tested it. */
export function findKnownOutcome(
  { id }: Mutant,
  equivalents: ReadonlyMap<string, string>,
  journal: ResultJournal,
): MutantOutcome | undefined {
  const reason = equivalents.get(id);

  return reason === undefined ? journal.get(id) : { status: "equivalent", reason };
}

/**
 * Tests each mutant.
 * @returns the results in the order of the mutants
 * @throws HarnessError if the server is gone, or an outcome cannot be recorded
 */
export async function testMutants(
  mutants: readonly Mutant[],
  { context, journal, killers, onTested }: MutationOptions,
): Promise<readonly MutantResult[]> {
  const results = new Map<string, MutantResult>();
  await runConcurrently(
    mutants.map((mutant) => async () => {
      const began = performance.now();
      const outcome = await testMutant(mutant, context, killers?.get(mutant.id));
      journal.add(mutant.id, outcome);
      const durationMs = Math.max(1, Math.round(performance.now() - began));
      results.set(mutant.id, { mutant, ...outcome, durationMs });
      onTested?.(results.size);
    }),
  );

  return mutants.flatMap(({ id }) => results.get(id) ?? []);
}
