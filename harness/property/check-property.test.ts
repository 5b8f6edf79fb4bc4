import { type Arbitrary, integer, nat } from "fast-check";
import { describe, expect, test } from "vitest";
import { HarnessError, Inconclusive, UnansweredError } from "../errors.ts";
import { type CheckOptions, checkProperty } from "./check-property.ts";
import { type Property, parseRule, property } from "./property.ts";
import { compareIds } from "./rule-order.ts";
import type { Violation } from "./verdict.ts";

const OPTIONS: CheckOptions = { seed: 7, runs: 100, shrinksMax: 300 };
const FIRST = { firstKindOnly: true, shrinksMax: 0 };

/** Counts how often a case was cleaned up. */
class CountingContext {
  ended = 0;

  async endCase(): Promise<void> {
    this.ended += 1;
  }

  async close(): Promise<void> {
    await this.endCase();
  }
}

function broken(n: number): Violation {
  return { expected: "a small number", got: String(n), script: [] };
}

/** Defines a property of a number; `checked` collects the numbers that it was checked with. */
function define(
  holds: (n: number, checked: readonly number[]) => Violation | undefined,
  { given = nat({ max: 1000 }), examples = [] }: { given?: Arbitrary<number>; examples?: number[] } = {},
): { claim: Property<CountingContext>; checked: number[] } {
  const checked: number[] = [];
  const claim = property<{ n: number }, CountingContext>("C2-small", "numbers are small", {
    given: { n: given },
    examples: examples.map((n) => ({ n })),
    holds: async ({ n }) => {
      checked.push(n);

      return holds(n, checked);
    },
  });

  return { claim, checked };
}

const belowTen = (n: number): Violation | undefined => (n < 10 ? undefined : broken(n));

describe("checking a property", () => {
  test("a property that no case violates is held, after all cases", async () => {
    const { claim, checked } = define(() => undefined);

    expect(await checkProperty(claim, new CountingContext(), OPTIONS)).toMatchObject({
      id: "C2-small",
      rule: "C2",
      verdict: "held",
      runs: 100,
      seed: 7,
    });
    expect(checked).toHaveLength(100);
  });

  test("a violation is shrunk to the smallest case, and reported with what that case got", async () => {
    const { claim } = define(belowTen);
    const result = await checkProperty(claim, new CountingContext(), OPTIONS);

    expect(result).toMatchObject({
      verdict: "violated",
      counterexample: { n: 10 },
      violation: { got: "10" },
    });
    expect(result.shrinks).toBeGreaterThan(0);
  });

  test("the same seed gives the same run, another one another", async () => {
    const run = async (seed: number): Promise<readonly number[]> => {
      const { claim, checked } = define(belowTen);
      await checkProperty(claim, new CountingContext(), { ...OPTIONS, seed });

      return checked;
    };

    expect(await run(7)).toEqual(await run(7));
    expect(await run(7)).not.toEqual(await run(8));
  });

  test("examples are checked first", async () => {
    const { claim, checked } = define(belowTen, { examples: [3, 500] });
    const result = await checkProperty(claim, new CountingContext(), { ...OPTIONS, ...FIRST });

    expect(checked).toEqual([3, 500]);
    expect(result).toMatchObject({ verdict: "violated", runs: 2, counterexample: { n: 500 } });
  });

  test.each([0, 1, 5])("at most %i cases are checked while shrinking", async (shrinksMax) => {
    const { claim, checked } = define(broken, { given: integer({ min: 1_000_000, max: 2_000_000 }) });
    const result = await checkProperty(claim, new CountingContext(), { ...OPTIONS, ...FIRST, shrinksMax });

    expect(result).toMatchObject({ verdict: "violated", runs: 1 });
    expect(checked.length).toBeLessThanOrEqual(1 + shrinksMax);
  });
});

describe("errors", () => {
  test("an error of the harness is thrown unchanged, and no other case starts", async () => {
    const error = new HarnessError("The server went away", "Start it again");
    const { claim, checked } = define((_, { length }) => {
      if (length === 3) {
        throw error;
      }

      return undefined;
    });

    await expect(checkProperty(claim, new CountingContext(), OPTIONS)).rejects.toBe(error);
    expect(checked).toHaveLength(3);
  });

  test("an error while shrinking is thrown, and the violation is not reported", async () => {
    const error = new TypeError("a defect");
    const { claim } = define((n, { length }) => {
      if (length > 1) {
        throw error;
      }

      return broken(n);
    });

    await expect(checkProperty(claim, new CountingContext(), OPTIONS)).rejects.toBe(error);
  });

  test("an error in the cleanup is thrown", async () => {
    const error = new HarnessError("The database cannot be dropped", "Drop it");
    const context = new CountingContext();
    context.endCase = async () => {
      throw error;
    };

    await expect(checkProperty(define(() => undefined).claim, context, OPTIONS)).rejects.toBe(error);
    await expect(checkProperty(define(broken).claim, context, OPTIONS)).rejects.toBe(error);
  });

  test("a case that cannot be decided is discarded, and another takes its place", async () => {
    const { claim, checked } = define((n) => (n % 2 === 0 ? inconclusive() : undefined));

    expect(await checkProperty(claim, new CountingContext(), OPTIONS)).toMatchObject({ verdict: "held", runs: 100 });
    expect(checked.filter((n) => n % 2 === 1)).toHaveLength(100);
  });

  test("where too few cases can be decided, the verdict is unknown and says how many, and why most could not", async () => {
    const { claim, checked } = define((n) => {
      if (n % 11 === 0) return undefined;
      throw new Inconclusive(n % 5 === 0 ? "five is too many" : "the slug is too long");
    });
    const { verdict, reason, runs, blocked } = await checkProperty(claim, new CountingContext(), OPTIONS);

    expect({ verdict, blocked }).toEqual({ verdict: "unknown", blocked: undefined });
    expect(runs).toBeLessThan(50);
    expect(checked.length).toBeLessThan(510);
    expect(reason).toBe(`${runs} of 100 cases could be decided: the slug is too long`);
  });

  test("where none of the first cases can be decided, the others are not tried", async () => {
    const { claim, checked } = define(inconclusive);

    expect(await checkProperty(claim, new CountingContext(), OPTIONS)).toMatchObject({
      verdict: "unknown",
      reason: "it cannot be decided",
      runs: 0,
    });
    expect(checked).toHaveLength(10);
  });

  test("what the release prevents ends the run as unknown", async () => {
    const { claim, checked } = define((_, { length }) => {
      if (length === 2) throw new Inconclusive("it cannot be applied", { blocked: true });

      return undefined;
    });

    expect(await checkProperty(claim, new CountingContext(), OPTIONS)).toMatchObject({
      verdict: "unknown",
      reason: "it cannot be applied",
      blocked: true,
    });
    expect(checked).toHaveLength(2);
  });

  test("while shrinking, an inconclusive case is no counterexample", async () => {
    const { claim } = define((n) => {
      if (n >= 10 && n < 20) {
        throw new Inconclusive("these cannot be made");
      }

      return belowTen(n);
    });

    expect(await checkProperty(claim, new CountingContext(), OPTIONS)).toMatchObject({
      verdict: "violated",
      counterexample: { n: 20 },
    });
  });
});

test("an unanswered query blames the release", async () => {
  const { claim, checked } = define((_, { length }) => {
    if (length === 3) throw new UnansweredError("the column is gone", "Find it");

    return undefined;
  });

  expect(await checkProperty(claim, new CountingContext(), OPTIONS)).toMatchObject({
    verdict: "unknown",
    reason: "the column is gone",
    blocked: true,
  });
  expect(checked).toHaveLength(3);
});

test("cases and examples are fitted to what the context found when it was prepared", async () => {
  class Prepared extends CountingContext {
    largest = Number.NaN;

    async prepare(): Promise<void> {
      this.largest = 5;
    }

    fitCase(given: unknown): unknown {
      return { n: Math.min((given as { n: number }).n, this.largest) };
    }
  }
  const { claim, checked } = define(() => undefined, { examples: [70] });
  await checkProperty(claim, new Prepared(), OPTIONS);

  expect(checked[0]).toBe(5);
  expect(Math.max(...checked)).toBe(5);
});

test("every case is cleaned up, whatever its result", async () => {
  for (const outcome of [() => undefined, belowTen, inconclusive]) {
    const context = new CountingContext();
    const { claim, checked } = define(outcome);
    await checkProperty(claim, context, OPTIONS);

    expect(context.ended).toBe(checked.length);
  }
});

function inconclusive(): never {
  throw new Inconclusive("it cannot be decided");
}

test("an id begins with its rule", () => {
  expect(["C3", "C3-null", "M6-durations", "R12"].map(parseRule)).toEqual(["C3", "C3", "M6", "R12"]);
  expect(["applies.1", "rolls-back.12", "keeps.2-cascade"].map(parseRule)).toEqual(["applies", "rolls-back", "keeps"]);
  for (const id of ["", "3", "c3", "C", "C-null", "C3null", " C3", "applies", "applies.", "applies.x", "-a.1", "A.1"]) {
    expect(() => parseRule(id), id).toThrow(/begins with its rule/);
  }
});

test("ids are sorted as the rules are documented, those of any migration last", () => {
  const sorted = [
    "S1",
    "C3",
    "C3-null",
    "C10",
    "R1",
    "O2",
    "Z1",
    "applies.1",
    "applies.2",
    "applies.10",
    "keeps.1",
    "own.1",
  ];

  expect(sorted.toReversed().toSorted(compareIds)).toEqual(sorted);
});
