import { nat } from "fast-check";
import { describe, expect, test } from "vitest";
import { HarnessError, Inconclusive } from "../errors.ts";
import { decide } from "./check-property.ts";
import { type Property, property } from "./property.ts";

const COURSE = { seed: 7, runs: 250, shrinksMax: 100 };
const world = { endCase: async () => undefined, close: async () => undefined };
type Settles = (cases: readonly { n: number }[]) => Promise<readonly boolean[]>;

/** Numbers are below the limit; the cases that were asked about one by one are written down. */
function below(limit: number, settles?: Settles): { claim: Property<typeof world>; asked: number[] } {
  const asked: number[] = [];
  const claim = property<{ n: number }, typeof world>("C2-below", "numbers are small", {
    given: { n: nat({ max: 1000 }) },
    examples: [{ n: 3 }],
    ...(settles === undefined ? {} : { settles }),
    holds: async ({ n }) => {
      asked.push(n);

      return n < limit ? undefined : { expected: "less", got: String(n), script: [] };
    },
  });

  return { claim, asked };
}

describe("settling cases together", () => {
  test("sees each case that would be asked about, once and in the same order", async () => {
    const alone = below(2000);
    await decide(alone.claim, world, COURSE);
    const seen: number[] = [];
    const together = below(2000, async (cases) => {
      seen.push(...cases.map(({ n }) => n));

      return cases.map(() => true);
    });

    expect(await decide(together.claim, world, COURSE)).toMatchObject({ verdict: "held", runs: 250 });
    expect(seen).toEqual(alone.asked);
    expect(together.asked).toEqual([]);
  });

  test("leaves the cases that are not settled to be asked about, and finds the same counterexample", async () => {
    const alone = await decide(below(700).claim, world, COURSE);
    const { claim, asked } = below(700, async (cases) => cases.map(({ n }) => n < 500));
    const { durationMs, ...decided } = await decide(claim, world, COURSE);

    expect(durationMs).toBeGreaterThanOrEqual(0);
    expect({ ...decided, durationMs: alone.durationMs }).toEqual(alone);
    // Only what was made smaller from the first counterexample on may be settled.
    const before = asked.slice(
      0,
      asked.findIndex((n) => n >= 700),
    );
    expect(before.filter((n) => n < 500)).toEqual([]);
  });

  test("stops where nothing is settled", async () => {
    let seen = 0;
    const { claim, asked } = below(2000, async (cases) => {
      seen += cases.length;

      return cases.map(() => false);
    });

    expect(await decide(claim, world, COURSE)).toMatchObject({ verdict: "held", runs: 250 });
    expect(asked).toHaveLength(250);
    expect(seen).toBeLessThan(20);
  });

  test("what cannot be decided is said by the case itself", async () => {
    const { claim, asked } = below(2000, async () => {
      throw new Inconclusive("no list");
    });

    expect(await decide(claim, world, COURSE)).toMatchObject({ verdict: "held", runs: 250 });
    expect(asked).toHaveLength(250);
  });

  test("trouble of the harness ends the run at once", async () => {
    const trouble = new HarnessError("The server went away", "Start it again");
    let times = 0;
    const { claim } = below(2000, async () => {
      times += 1;
      throw trouble;
    });

    await expect(decide(claim, world, COURSE)).rejects.toBe(trouble);
    expect(times).toBe(1);
  });
});
