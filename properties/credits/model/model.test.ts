import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CREDIT_TYPES,
  type CreditCall,
  expectedOutcome,
  INTEGER_MAX,
  INTEGER_MIN,
  NO_CREDITS,
  normalizePlan,
  type Organization,
  planAllocation,
  applyOutcome as stateAfter,
} from "./model.ts";

const FIXED = { ai: 1500, whatsapp: 1200, email: 20_000, sms: 500 };

/** Pools, and those around which a share or a floor turns. */
const pools = fc.option(
  fc.oneof(
    fc.integer({ min: INTEGER_MIN, max: INTEGER_MAX }),
    fc.integer({ min: -20, max: 5000 }),
    fc.constantFrom(INTEGER_MAX, INTEGER_MIN, INTEGER_MAX - 1),
  ),
);

/** The nearest whole number to tenths of the pool, half away from zero, without a fraction on the way. */
function tenthsOf(pool: number | null, tenths: bigint): bigint {
  const exact = BigInt(pool ?? 0) * tenths;
  const down = exact / 10n;
  const rest = exact % 10n;

  return rest >= 5n ? down + 1n : rest <= -5n ? down - 1n : down;
}

function larger(one: bigint, other: bigint): number {
  return Number(one > other ? one : other);
}

describe("allocation", () => {
  test("a custom plan gets its shares of the pool in exact arithmetic, or the floors", () => {
    fc.assert(
      fc.property(pools, fc.constantFrom("custom", null, "", "enterprises", "pre mium"), (pool, plan) => {
        expect(planAllocation(plan, pool)).toEqual({
          ai: larger(tenthsOf(pool, 4n), 500n),
          whatsapp: larger(tenthsOf(pool, 3n), 300n),
          email: larger(tenthsOf(pool, 3n), 1000n),
          sms: larger(tenthsOf(pool, 1n), 100n),
        });
      }),
      { numRuns: 2000 },
    );
  });

  test("a fixed plan gets the same from every pool, however it is spelled", () => {
    const letters = (word: string) =>
      fc
        .tuple(...[...word].map((letter) => fc.constantFrom(letter, letter.toUpperCase())))
        .map((chosen) => chosen.join(""));
    const spelled = fc
      .tuple(fc.nat(3), fc.oneof(letters("enterprise"), letters("premium")), fc.nat(3))
      .map(([left, word, right]) => " ".repeat(left) + word + " ".repeat(right));

    fc.assert(
      fc.property(spelled, pools, (plan, pool) => {
        expect(planAllocation(plan, pool)).toEqual(FIXED);
      }),
    );
  });

  test("only spaces surround a name, and only letters of ASCII have a case", () => {
    expect(["\tpremium", "pre mium", "PREMİUM", "premium\u00a0"].map(normalizePlan)).toEqual([
      "\tpremium",
      "pre mium",
      "premİum",
      "premium\u00a0",
    ]);
    expect(normalizePlan(null)).toBeNull();

    const odd = ["\tpremium", "pre mium", "PREMİUM", "premıum", "enterpriſe", "premium\u00a0", "premium\n"];
    expect(odd.map((plan) => planAllocation(plan, 0))).toEqual(odd.map(() => planAllocation("custom", 0)));
  });
});

const organization: Organization = {
  id: "one",
  name: "One",
  planName: "custom",
  totalCredits: 0,
  status: null,
  numbers: { allocated: { ai: 500, whatsapp: 300, email: 1000, sms: 100 }, used: { ...NO_CREDITS, ai: 490 } },
};

const consume = (type: string | null, credits: number | null): CreditCall => ({
  kind: "consume",
  organization: "one",
  type,
  credits,
});

describe("what a call must do", () => {
  test("the last credits can be used, and one more cannot", () => {
    const used = stateAfter(organization, expectedOutcome(consume("ai", 10), organization));

    expect(used.numbers).toEqual({
      allocated: organization.numbers.allocated,
      used: { ...NO_CREDITS, ai: 500 },
    });
    expect(expectedOutcome(consume("ai", 1), used)).toEqual({
      refused: { rule: "C2", message: "Insufficient ai credits. Available: 0, Required: 1" },
    });
  });

  test("what is refused is refused by the first rule that it breaks, and changes nothing", () => {
    const ruleOf = (call: CreditCall, met: Organization | undefined): string => {
      const expected = expectedOutcome(call, met);

      return "refused" in expected ? expected.refused.rule : "none";
    };

    expect(ruleOf(consume("gold", -1), undefined)).toBe("C4");
    expect(ruleOf(consume(null, 1), organization)).toBe("C4");
    expect(ruleOf(consume("ai", -1), undefined)).toBe("C5");
    expect([0, -1, null].map((credits) => ruleOf(consume("sms", credits), organization))).toEqual(
      Array.from({ length: 3 }, () => "C3"),
    );
    expect(ruleOf(consume("sms", 101), organization)).toBe("C2");
    expect(ruleOf({ kind: "allocate", organization: null, plan: "custom" }, undefined)).toBe("A8");
    expect(stateAfter(organization, expectedOutcome(consume("sms", 101), organization))).toBe(organization);
  });

  test("an allocation may give exactly what is used, and no less", () => {
    const allocate: CreditCall = { kind: "allocate", organization: "one", plan: "custom" };
    const using = (ai: number): Organization => ({
      ...organization,
      numbers: { ...organization.numbers, used: { ...NO_CREDITS, ai } },
    });

    expect(expectedOutcome(allocate, using(500))).toMatchObject({ returns: null });
    expect(expectedOutcome(allocate, using(501))).toEqual({ refused: { rule: "A7" } });
  });

  test("an allocation that does not fit the columns is refused", () => {
    const allocate = (plan: string, totalCredits: number) =>
      expectedOutcome({ kind: "allocate", organization: "one", plan }, { ...organization, totalCredits });
    const refused = { refused: { rule: "A4" } };
    const most = INTEGER_MAX * 2.5;

    expect(allocate("custom", most)).toMatchObject({ numbers: { allocated: { ai: INTEGER_MAX } } });
    expect([most + 2, 1e19, Number.NaN].map((total) => allocate("custom", total))).toEqual([refused, refused, refused]);
    expect(allocate("premium", 1e19)).toMatchObject({ returns: null });
  });

  test("nothing is available of an unknown organization or type", () => {
    const available = (type: string | null, met = true) =>
      expectedOutcome({ kind: "available", organization: "one", type }, met ? organization : undefined);

    expect(["ai", "email", "gold", null].map((type) => available(type))).toEqual(
      [10, 1000, 0, 0].map((returns) => ({ returns })),
    );
    expect(available("ai", false)).toEqual({ returns: 0 });
  });

  test("after any calls no organization has used more than is allocated, or less than before", () => {
    const calls = fc.array(
      fc.oneof(
        fc.record({
          kind: fc.constant("consume" as const),
          organization: fc.constant("one"),
          type: fc.constantFrom(...CREDIT_TYPES, "gold", null),
          credits: fc.option(fc.integer({ min: -50, max: 600 })),
        }),
        fc.record({
          kind: fc.constant("allocate" as const),
          organization: fc.constant("one"),
          plan: fc.constantFrom("premium", "custom", null),
        }),
      ),
    );

    fc.assert(
      fc.property(calls, (made) => {
        let now = organization;
        for (const call of made) {
          const next = stateAfter(now, expectedOutcome(call, now));
          for (const type of CREDIT_TYPES) {
            expect(next.numbers.used[type]).toBeGreaterThanOrEqual(now.numbers.used[type]);
            expect(next.numbers.used[type]).toBeLessThanOrEqual(next.numbers.allocated[type]);
          }
          now = next;
        }
      }),
    );
  });
});
