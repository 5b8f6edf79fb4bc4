import { type Arbitrary, integer, nat } from "fast-check";
import { describe, expect, test } from "vitest";
import { HarnessError, Inconclusive, UnansweredError } from "../errors.ts";
import { type Course, decide } from "./check-property.ts";
import { type Property, property, ruleOf } from "./property.ts";
import type { Violation } from "./verdict.ts";

const COURSE: Course = { seed: 7, runs: 100, shrinksMax: 300 };

/** A world that counts how often a case was cleaned up after. */
class Bare {
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

/** A property of a number, and the numbers that it was asked about. */
function about(
  holds: (n: number, asked: readonly number[]) => Violation | undefined,
  { given = nat({ max: 1000 }), examples = [] }: { given?: Arbitrary<number>; examples?: number[] } = {},
): { claim: Property<Bare>; asked: number[] } {
  const asked: number[] = [];
  const claim = property<{ n: number }, Bare>("C2-small", "numbers are small", {
    given: { n: given },
    examples: examples.map((n) => ({ n })),
    holds: async ({ n }) => {
      asked.push(n);

      return holds(n, asked);
    },
  });

  return { claim, asked };
}

const belowTen = (n: number): Violation | undefined => (n < 10 ? undefined : broken(n));

describe("deciding a property", () => {
  test("a property that no case breaks is held, after as many cases as were asked for", async () => {
    const { claim, asked } = about(() => undefined);

    expect(await decide(claim, new Bare(), COURSE)).toMatchObject({
      id: "C2-small",
      rule: "C2",
      verdict: "held",
      runs: 100,
      seed: 7,
    });
    expect(asked).toHaveLength(100);
  });

  test("a violation is shrunk to the smallest case, and told with what that case got", async () => {
    const { claim } = about(belowTen);
    const decided = await decide(claim, new Bare(), COURSE);

    expect(decided).toMatchObject({
      verdict: "violated",
      counterexample: { n: 10 },
      violation: { got: "10" },
    });
    expect(decided.shrinks).toBeGreaterThan(0);
  });

  test("the same seed gives the same run, another one another", async () => {
    const run = async (seed: number): Promise<readonly number[]> => {
      const { claim, asked } = about(belowTen);
      await decide(claim, new Bare(), { ...COURSE, seed });

      return asked;
    };

    expect(await run(7)).toEqual(await run(7));
    expect(await run(7)).not.toEqual(await run(8));
  });

  test("counterexamples that were found once are tried first", async () => {
    const { claim, asked } = about(belowTen, { examples: [3, 500] });
    const decided = await decide(claim, new Bare(), { ...COURSE, shrinksMax: 0 });

    expect(asked).toEqual([3, 500]);
    expect(decided).toMatchObject({ verdict: "violated", runs: 2, counterexample: { n: 500 } });
  });

  test.each([0, 1, 5])("at most %i cases are tried on the way to the smallest", async (shrinksMax) => {
    const { claim, asked } = about(broken, { given: integer({ min: 1_000_000, max: 2_000_000 }) });
    const decided = await decide(claim, new Bare(), { ...COURSE, shrinksMax });

    expect(decided).toMatchObject({ verdict: "violated", runs: 1 });
    expect(asked.length).toBeLessThanOrEqual(1 + shrinksMax);
  });
});

describe("what is no violation", () => {
  test("trouble of the harness is thrown as it is, and no other case is begun", async () => {
    const trouble = new HarnessError("The server went away", "Start it again");
    const { claim, asked } = about((_, { length }) => {
      if (length === 3) {
        throw trouble;
      }

      return undefined;
    });

    await expect(decide(claim, new Bare(), COURSE)).rejects.toBe(trouble);
    expect(asked).toHaveLength(3);
  });

  test("trouble on the way to the smallest case is thrown too, and the violation with it is not told", async () => {
    const trouble = new TypeError("a defect");
    const { claim } = about((n, { length }) => {
      if (length > 1) {
        throw trouble;
      }

      return broken(n);
    });

    await expect(decide(claim, new Bare(), COURSE)).rejects.toBe(trouble);
  });

  test("trouble in cleaning up is thrown", async () => {
    const trouble = new HarnessError("The database cannot be dropped", "Drop it");
    const world = new Bare();
    world.endCase = async () => {
      throw trouble;
    };

    await expect(decide(about(() => undefined).claim, world, COURSE)).rejects.toBe(trouble);
    await expect(decide(about(broken).claim, world, COURSE)).rejects.toBe(trouble);
  });

  test("a case that cannot be decided ends the run as unknown, with its reason", async () => {
    const { claim, asked } = about((_, { length }) => {
      if (length === 2) {
        throw new Inconclusive("the release has no such list");
      }

      return undefined;
    });

    expect(await decide(claim, new Bare(), COURSE)).toMatchObject({
      verdict: "unknown",
      reason: "the release has no such list",
    });
    expect(asked).toHaveLength(2);
  });

  test("on the way to the smallest case, one that cannot be decided is no counterexample", async () => {
    const { claim } = about((n) => {
      if (n >= 10 && n < 20) {
        throw new Inconclusive("these cannot be made");
      }

      return belowTen(n);
    });

    expect(await decide(claim, new Bare(), COURSE)).toMatchObject({
      verdict: "violated",
      counterexample: { n: 20 },
    });
  });
});

test("what the release left behind is told as its doing", async () => {
  const { claim, asked } = about((_, { length }) => {
    if (length === 3) throw new UnansweredError("the column is gone", "Find it");

    return undefined;
  });

  expect(await decide(claim, new Bare(), COURSE)).toMatchObject({
    verdict: "unknown",
    reason: "the column is gone",
    blocked: true,
  });
  expect(asked).toHaveLength(3);
});

test("every case is cleaned up after, whatever came of it", async () => {
  for (const outcome of [() => undefined, belowTen, undecided]) {
    const world = new Bare();
    const { claim, asked } = about(outcome);
    await decide(claim, world, COURSE);

    expect(world.ended).toBe(asked.length);
  }
});

function undecided(): never {
  throw new Inconclusive("nobody can tell");
}

test("an id begins with the number of a rule", () => {
  expect(["C3", "C3-null", "M6-durations", "R12"].map(ruleOf)).toEqual(["C3", "C3", "M6", "R12"]);
  for (const id of ["", "3", "c3", "C", "C-null", "C3null", " C3"]) {
    expect(() => ruleOf(id), id).toThrow(/begins with a rule's number/);
  }
});
