/**
 * Finding out about cases together, before they are asked about one by one: the same cases in the same order, because
 * fast-check makes them from the same seed. What is not settled here is decided as ever, so this only saves time.
 */
import { asyncProperty, check } from "fast-check";
import { Inconclusive } from "../errors.ts";
import { interruption } from "./interrupt.ts";
import type { Property } from "./property.ts";

/** The first few cases tell whether it is worth while: where none of them is settled, no more are looked at. */
const FIRST = 10;
const TOGETHER = 100;

/** What fast-check makes cases from. */
export interface Source {
  readonly seed: number;
  readonly numRuns: number;
  readonly examples: [unknown][];
}

/**
 * For each of the first cases whether it certainly holds. Empty where the property has no way to tell.
 * @throws whatever the property threw, but for Inconclusive: the case that cannot be decided will say so itself
 */
export async function settledCases<World>(
  property: Property<World>,
  world: World,
  source: Source,
): Promise<readonly boolean[]> {
  if (property.settles === undefined) {
    return [];
  }
  const settling = new Settling(source.numRuns, (cases) => property.settles?.(cases, world));
  await check(
    asyncProperty(property.given, (given) => settling.take(given)),
    source,
  );

  return settling.result;
}

type Settle = (cases: readonly unknown[]) => Promise<readonly boolean[]> | undefined;

class Settling {
  readonly #runs: number;
  readonly #settle: Settle;
  readonly #settled: boolean[] = [];
  readonly #waiting: unknown[] = [];
  #inVain = false;
  #trouble: { readonly error: unknown } | undefined;

  constructor(runs: number, settle: Settle) {
    this.#runs = runs;
    this.#settle = settle;
  }

  get result(): readonly boolean[] {
    if (this.#trouble !== undefined && !(this.#trouble.error instanceof Inconclusive)) {
      throw this.#trouble.error;
    }

    return this.#settled;
  }

  /** Never fails: to fast-check a failure is a counterexample. But it ends the run where the rest would be in vain. */
  async take(given: unknown): Promise<void> {
    this.#waiting.push(given);
    const limit = this.#settled.length === 0 ? FIRST : TOGETHER;
    if (this.#waiting.length < limit && this.#settled.length + this.#waiting.length < this.#runs) {
      return;
    }

    try {
      await this.#settleWaiting();
    } catch (error) {
      this.#trouble = { error };
    }
    if (this.#inVain || this.#trouble !== undefined) {
      throw interruption();
    }
  }

  async #settleWaiting(): Promise<void> {
    const settled = (await this.#settle(this.#waiting.splice(0))) ?? [];
    this.#settled.push(...settled);
    this.#inVain = !settled.includes(true);
  }
}
