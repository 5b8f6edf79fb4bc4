import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  accounts,
  availabilityCalls,
  consumptionCalls,
  customPlans,
  fixedPlanSpellings,
  histories,
  type Intent,
  nearAvailable,
  nonPositiveCredits,
  numbers,
  organizations,
  plans,
  resolveCalls,
  texts,
  totals,
} from "./arbitraries.ts";
import { CREDIT_TYPES, INTEGER_MAX, INTEGER_MIN, NO_CREDITS, nthId, planAllocation, UNKNOWN_ID } from "./model.ts";

test.each([
  ["plans", plans(), "custom"],
  ["totals", totals(), 0],
  ["credits", nearAvailable(), 1],
  ["numbers", numbers(), { allocated: NO_CREDITS, used: NO_CREDITS }],
] as const)("whatever fails is made as simple as can be: %s", (_, arbitrary, simplest) => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const { counterexample } = fc.check(
      fc.property(arbitrary as fc.Arbitrary<unknown>, () => false),
      { seed },
    );

    expect(counterexample).toEqual([simplest]);
  }
});

describe("what PostgreSQL can hold", () => {
  test("texts and plans have no U+0000 and no half of a character", () => {
    fc.assert(
      fc.property(fc.oneof(texts(), plans()), (text) => {
        expect(text ?? "").not.toMatch(/\0|\p{Surrogate}/u);
      }),
      { numRuns: 1000 },
    );
  });

  test("pools are integers, and those at which a rule turns are among them", () => {
    const seen = new Set(fc.sample(totals(), { numRuns: 3000, seed: 1 }));

    for (const total of seen) {
      expect(total === null || (Number.isInteger(total) && total >= INTEGER_MIN && total <= INTEGER_MAX)).toBe(true);
    }
    for (const turn of [null, 0, -1, INTEGER_MIN, INTEGER_MAX, 999, 1000, 1001, 1249, 1250, 1251, 3333, 3334, 3335]) {
      expect(seen, String(turn)).toContain(turn);
    }
  });

  test("numbers keep to what is allocated", () => {
    fc.assert(
      fc.property(numbers(), ({ allocated, used }) => {
        for (const type of CREDIT_TYPES) {
          expect(Number.isInteger(used[type]) && used[type] >= 0).toBe(true);
          expect(used[type]).toBeLessThanOrEqual(allocated[type]);
          expect(allocated[type]).toBeLessThanOrEqual(INTEGER_MAX);
        }
      }),
    );
  });

  test("organizations have ids of their own, and none that of the unknown one", () => {
    fc.assert(
      fc.property(accounts({ minLength: 0, maxLength: 8 }), (list) => {
        const ids = list.map(({ id }) => id);

        expect(new Set(ids).size).toBe(ids.length);
        expect(ids).not.toContain(UNKNOWN_ID);
        expect(ids.every((id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))).toBe(true);
      }),
    );
  });
});

test("plans are custom or fixed as they are called", () => {
  const fixed = planAllocation("premium", 0);

  fc.assert(
    fc.property(fixedPlanSpellings(), (plan) => {
      expect(planAllocation(plan, 0)).toEqual(fixed);
    }),
  );
  fc.assert(
    fc.property(customPlans(), (plan) => {
      expect(planAllocation(plan, 0)).not.toEqual(fixed);
    }),
  );
});

describe("from intents to calls", () => {
  const plain = (index: number) => ({
    id: nthId(index),
    name: "Any",
    planName: "custom",
    totalCredits: 0,
    status: null,
    numbers: { allocated: planAllocation("custom", 0), used: NO_CREDITS },
  });
  const more = (aboveAvailable: number): Intent => ({
    kind: "consume",
    organization: 0,
    type: "ai",
    credits: { aboveAvailable },
  });
  const creditsOf = (...intents: Intent[]) =>
    resolveCalls([plain(0), plain(1)], intents).map((call) => (call.kind === "consume" ? call.credits : call.kind));

  test("what is asked above what is available counts with the calls before it", () => {
    expect(creditsOf(more(-100), more(1), more(0), more(1))).toEqual([400, 101, 100, 1]);
    expect(creditsOf(more(0), { kind: "allocate", organization: 0, plan: "premium" }, more(0))).toEqual([
      500,
      "allocate",
      1000,
    ]);
  });

  test("an organization's number counts round the list; the unknown and none are themselves", () => {
    const ask = (organization: number | "unknown" | null): Intent => ({
      kind: "available",
      organization,
      type: "ai",
    });
    const calls = resolveCalls([plain(0), plain(1)], [0, 1, 2, "unknown" as const, null].map(ask));

    expect(calls.map(({ organization }) => organization)).toEqual([nthId(0), nthId(1), nthId(0), UNKNOWN_ID, null]);
  });

  test("a call asks for a number that PostgreSQL takes", () => {
    fc.assert(
      fc.property(
        organizations(),
        histories(consumptionCalls(), consumptionCalls(nonPositiveCredits())),
        (list, intents) => {
          for (const call of resolveCalls(list, intents)) {
            const credits = call.kind === "consume" ? call.credits : null;

            expect(
              credits === null || (Number.isInteger(credits) && credits >= INTEGER_MIN && credits <= INTEGER_MAX),
            ).toBe(true);
          }
        },
      ),
    );
  });
});

test("histories are of every length from 1 to 15", () => {
  const lengths = fc.sample(histories(availabilityCalls()), { seed: 1, numRuns: 300 }).map(({ length }) => length);

  expect(new Set(lengths)).toEqual(new Set(Array.from({ length: 15 }, (_, index) => index + 1)));
});
