import { nat } from "fast-check";
import { describe, expect, test } from "vitest";
import { HarnessError, Inconclusive } from "../errors.ts";
import { checkProperty } from "./check-property.ts";
import { type Property, property } from "./property.ts";

const OPTIONS = { seed: 7, runs: 250, shrinksMax: 100 };
const context = { endCase: async () => undefined, close: async () => undefined };
type BatchCheck = (cases: readonly { n: number }[]) => Promise<readonly boolean[]>;

/** Claims that numbers are below the limit; `checked` collects those that were checked one by one. */
function below(limit: number, batchCheck?: BatchCheck): { claim: Property<typeof context>; checked: number[] } {
  const checked: number[] = [];
  const claim = property<{ n: number }, typeof context>("C2-below", "numbers are small", {
    given: { n: nat({ max: 1000 }) },
    examples: [{ n: 3 }],
    ...(batchCheck === undefined ? {} : { batchCheck }),
    holds: async ({ n }) => {
      checked.push(n);

      return n < limit ? undefined : { expected: "less", got: String(n), script: [] };
    },
  });

  return { claim, checked };
}

describe("checking cases in batches", () => {
  test("sees each case once and in the same order", async () => {
    const alone = below(2000);
    await checkProperty(alone.claim, context, OPTIONS);
    const seen: number[] = [];
    const together = below(2000, async (cases) => {
      seen.push(...cases.map(({ n }) => n));

      return cases.map(() => true);
    });

    expect(await checkProperty(together.claim, context, OPTIONS)).toMatchObject({
      verdict: "held",
      runs: 250,
    });
    expect(seen).toEqual(alone.checked);
    expect(together.checked).toEqual([]);
  });

  test("leaves the other cases to be checked one by one, and finds the same counterexample", async () => {
    const alone = await checkProperty(below(700).claim, context, OPTIONS);
    const { claim, checked } = below(700, async (cases) => cases.map(({ n }) => n < 500));
    const { durationMs, ...decided } = await checkProperty(claim, context, OPTIONS);

    expect(durationMs).toBeGreaterThanOrEqual(0);
    expect({ ...decided, durationMs: alone.durationMs }).toEqual(alone);
    // Only cases of shrinking may be known to hold.
    const before = checked.slice(
      0,
      checked.findIndex((n) => n >= 700),
    );
    expect(before.filter((n) => n < 500)).toEqual([]);
  });

  test("stops if no case of the first batch is known to hold", async () => {
    let seen = 0;
    const { claim, checked } = below(2000, async (cases) => {
      seen += cases.length;

      return cases.map(() => false);
    });

    expect(await checkProperty(claim, context, OPTIONS)).toMatchObject({ verdict: "held", runs: 250 });
    expect(checked).toHaveLength(250);
    expect(seen).toBeLessThan(20);
  });

  test("an inconclusive case is reported when it is checked by itself", async () => {
    const { claim, checked } = below(2000, async () => {
      throw new Inconclusive("no list");
    });

    expect(await checkProperty(claim, context, OPTIONS)).toMatchObject({ verdict: "held", runs: 250 });
    expect(checked).toHaveLength(250);
  });

  test("an error of the harness ends the run at once", async () => {
    const error = new HarnessError("The server went away", "Start it again");
    let times = 0;
    const { claim } = below(2000, async () => {
      times += 1;
      throw error;
    });

    await expect(checkProperty(claim, context, OPTIONS)).rejects.toBe(error);
    expect(times).toBe(1);
  });
});
