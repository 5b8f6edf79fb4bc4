/**
 * What earlier mutants teach about the next one: who noticed what was wrong in the same place will notice it again. Only
 * mutants that stand well before it in the list count, so that the same list is always asked about in the same order,
 * however many are at work at the same time; whoever is too far ahead waits.
 */

import type { Mutant } from "./mutant.ts";
import type { Tried } from "./mutant-status.ts";
import { objectOrStep } from "./score.ts";

/** How far ahead of the last one that is known a mutant may be. */
const WINDOW = 12;

/** How much a property is to be expected to notice a mutant, by its id; nothing is known of those that are left out. */
export type Expectation = ReadonlyMap<string, number>;

export class Experience {
  readonly #tried: (Tried | undefined)[];
  readonly #waiting = new Map<number, (() => void)[]>();
  /** All before it are known. */
  #known = 0;

  /** @param count of the mutants that will be tried */
  constructor(count: number) {
    this.#tried = Array.from({ length: count });
  }

  /** What became of the mutant at this place of the list. */
  note(index: number, tried: Tried): void {
    this.#tried[index] = tried;
    while (this.#known < this.#tried.length && this.#tried[this.#known] !== undefined) {
      this.#known += 1;
    }
    for (const [wanted, go] of this.#waiting) {
      if (wanted <= this.#known) {
        this.#waiting.delete(wanted);
        for (const each of go) each();
      }
    }
  }

  /** What is to be expected of the mutant at this place, once all that counts for it are known. */
  async expectation(mutant: Mutant, index: number): Promise<Expectation> {
    const until = Math.max(0, index + 1 - WINDOW);
    if (until > this.#known) {
      await new Promise<void>((resolve) => {
        this.#waiting.set(until, [...(this.#waiting.get(until) ?? []), resolve]);
      });
    }

    return expectationOf(mutant, this.#tried.slice(0, until));
  }
}

/** What mutants before it say of who will notice a mutant (pure). */
export function expectationOf(mutant: Mutant, earlier: readonly (Tried | undefined)[]): Expectation {
  const expected = new Map<string, number>();
  const place = objectOrStep({ mutant });
  for (const one of earlier) {
    if (one?.fate.status !== "killed" || one.mutant.step !== mutant.step) continue;
    const near = objectOrStep(one) === place ? (one.mutant.operator === mutant.operator ? 8 : 3) : 1;
    expected.set(one.fate.by, (expected.get(one.fate.by) ?? 0) + near);
  }

  return expected;
}
