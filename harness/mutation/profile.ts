/**
 * Where the time of a run goes: wall time by what was done, others being at work meanwhile.
 */

export interface Spent {
  readonly what: string;
  readonly times: number;
  readonly ms: number;
}

export class Profile {
  readonly #spent = new Map<string, { times: number; ms: number }>();

  /** Does the work, and notes how long it took, whatever came of it. */
  async of<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    const began = performance.now();
    try {
      return await work();
    } finally {
      const { times, ms } = this.#spent.get(what) ?? { times: 0, ms: 0 };
      this.#spent.set(what, { times: times + 1, ms: ms + performance.now() - began });
    }
  }

  /** The longest first. */
  get spent(): readonly Spent[] {
    return [...this.#spent]
      .map(([what, { times, ms }]) => ({ what, times, ms }))
      .toSorted((one, other) => other.ms - one.ms);
  }
}
