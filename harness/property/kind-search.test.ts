import { type Arbitrary, check, constantFrom, integer, nat, asyncProperty as once, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { Inconclusive } from "../errors.ts";
import { type CheckOptions, type CheckResult, checkProperty } from "./check-property.ts";
import { KINDS_MAX } from "./kind-search.ts";
import { checkEach, property, type Violations } from "./property.ts";
import type { Violation } from "./verdict.ts";

const OPTIONS: CheckOptions = { seed: 7, runs: 100, shrinksMax: 300 };
const context = { endCase: async () => undefined, close: async () => undefined };

const fault = (kind: string, n: number): Violation => ({ kind, expected: "none", got: String(n), script: [] });

interface Checked {
  readonly result: CheckResult;
  readonly cases: readonly number[];
}

async function checkNumbers(
  holds: (n: number) => Violations,
  options: Partial<CheckOptions> = {},
  given: Arbitrary<number> = nat({ max: 1000 }),
  batchCheck?: (cases: readonly { n: number }[]) => Promise<readonly boolean[]>,
): Promise<Checked> {
  const cases: number[] = [];
  const claim = property<{ n: number }, typeof context>("C2", "numbers are small", {
    given: { n: given },
    ...(batchCheck && { batchCheck }),
    holds: async ({ n }) => {
      cases.push(n);

      return holds(n);
    },
  });

  return { result: await checkProperty(claim, context, { ...OPTIONS, ...options }), cases };
}

const list = ({ kinds = [] }: CheckResult) => kinds.map(({ kind, counterexample }) => [kind, counterexample]);

const oddFault = (n: number): Violations => (n % 2 === 1 && n >= 10 ? fault("odd", n) : undefined);
const evenFault = (n: number): Violations => (n % 2 === 0 && n >= 100 ? fault("even", n) : undefined);
const twoFaults = (n: number): Violations => oddFault(n) ?? evenFault(n);

describe("the kinds of failures of a property", () => {
  test("are all found, each with the counterexample that it has where it is the only fault", async () => {
    const { result } = await checkNumbers(twoFaults);
    const alone = await Promise.all([evenFault, oddFault].map(async (one) => list((await checkNumbers(one)).result)));

    expect(list(result).toSorted()).toEqual(alone.flat());
    const [{ kind: _, ...first } = { kind: "" }] = result.kinds ?? [];
    expect(result).toMatchObject({ verdict: "violated", ...first });
  });

  test("a smaller case that fails in another way is no step of the shrinking", async () => {
    // Every number from 500 on shrinks through those below, which fail in another way.
    const { result } = await checkNumbers(
      (n) => (n >= 500 ? fault("large", n) : n >= 3 ? fault("small", n) : undefined),
      {},
      integer({ min: 0, max: 1_000 }),
    );

    expect(list(result).toSorted()).toEqual([
      ["large", { n: 500 }],
      ["small", { n: 3 }],
    ]);
  });

  test("one that only shrinking meets is found and shrunk, too", async () => {
    const { result } = await checkNumbers(
      (n) => (n >= 600 ? fault("large", n) : n >= 3 ? fault("small", n) : undefined),
      { runs: 20 },
      integer({ min: 0, max: 1_000 }).map((n) => (n < 600 ? n : n)),
    );

    expect(list(result).toSorted()).toEqual([
      ["large", { n: 600 }],
      ["small", { n: 3 }],
    ]);
  });

  test("several of one case are distinguished", async () => {
    const { result } = await checkNumbers((n) => [
      ...(n >= 10 ? [fault("ten", n)] : []),
      ...(n >= 20 ? [fault("twenty", n), fault("twenty", n)] : []),
    ]);

    expect(list(result).toSorted()).toEqual([
      ["ten", { n: 10 }],
      ["twenty", { n: 20 }],
    ]);
  });

  test("their paths and the seed give their counterexamples again", async () => {
    const { result } = await checkNumbers(twoFaults);
    const cases = record({ n: nat({ max: 1000 }) }, { noNullPrototype: true }).map(
      (given) => given,
      (given) => given as { n: number },
    );

    for (const { path = "", counterexample } of result.kinds ?? []) {
      const met: unknown[] = [];
      await check(
        once(cases, async (given) => {
          met.push(given);
          throw new Error("it fails");
        }),
        { seed: 7, path, endOnFailure: true },
      );
      expect(met[0]).toEqual(counterexample);
    }
  });

  test("the same seed gives the same kinds", async () => {
    const runs = await Promise.all(Array.from({ length: 20 }, () => checkNumbers(twoFaults)));
    const [first] = runs.map(({ result }) => list(result));

    expect(new Set(runs.map(({ result }) => JSON.stringify(list(result))))).toEqual(new Set([JSON.stringify(first)]));
  });

  test("a property may be ended with the first", async () => {
    const { result, cases } = await checkNumbers(twoFaults, { firstKindOnly: true, shrinksMax: 0 });

    expect(result.kinds).toHaveLength(1);
    expect(cases).toHaveLength(result.runs);
  });

  test("more than twenty are cut, and the result says so", async () => {
    const { result } = await checkNumbers((n) => fault(`number ${n}`, n), {}, constantFrom(...Array(40).keys()));
    const { result: twenty } = await checkNumbers(
      (n) => fault(`number ${n}`, n),
      { runs: 1000 },
      nat({ max: KINDS_MAX - 1 }),
    );

    expect([result.kinds?.length, result.isCut]).toEqual([KINDS_MAX, true]);
    expect([twenty.kinds?.length, twenty.isCut]).toEqual([KINDS_MAX, undefined]);
  });

  test("without a fault each case is checked once", async () => {
    expect((await checkNumbers(() => [])).cases).toHaveLength(100);
  });

  test("with a fault no generated case is checked twice", async () => {
    const { cases, result } = await checkNumbers(twoFaults, { shrinksMax: 0 });

    const failing = cases.filter((n) => twoFaults(n) !== undefined);
    expect(result.kinds).toHaveLength(2);
    expect(new Set(failing).size).toBe(failing.length);
    expect(cases.length).toBeLessThanOrEqual(100);
  });

  test("kinds that shrink through the same cases check each of them once", async () => {
    const { result, cases } = await checkNumbers((n) => (n >= 500 ? [fault("large", n), fault("huge", n)] : undefined));
    expect(list(result)).toEqual([
      ["large", { n: 500 }],
      ["huge", { n: 500 }],
    ]);
    expect(cases.filter((n) => n >= 500).length).toBe(new Set(cases.filter((n) => n >= 500)).size);
  });

  test("cases that are known to hold are not checked after the first kind either", async () => {
    const batchCheck = async (cases: readonly { n: number }[]) => cases.map(({ n }) => twoFaults(n) === undefined);
    const { cases, result } = await checkNumbers(twoFaults, { shrinksMax: 0 }, undefined, batchCheck);

    expect(result.kinds).toHaveLength(2);
    expect(cases.every((n) => twoFaults(n) !== undefined)).toBe(true);
  });

  test("a case that cannot be decided hides none", async () => {
    const { result } = await checkNumbers((n) => {
      if (n % 3 === 0) throw new Inconclusive("it cannot be decided");

      return twoFaults(n);
    });

    expect(
      list(result)
        .map(([kind]) => kind)
        .toSorted(),
    ).toEqual(["even", "odd"]);
  });
});

describe("checking each item of a list", () => {
  const undecided = new Inconclusive("no");
  const checkAll = (items: readonly (Violation | "held" | "undecided")[]) =>
    checkEach(items, async (item) => {
      if (item === "undecided") throw undecided;

      return item === "held" ? undefined : item;
    });

  test("goes on after a violation and after one that cannot be decided", async () => {
    const [one, other] = [fault("a", 1), fault("b", 2)];

    expect(await checkAll([one, "undecided", "held", other])).toEqual([one, other]);
    expect(await checkAll(["held"])).toEqual([]);
    await expect(checkAll(["held", "undecided"])).rejects.toBe(undecided);
  });

  test("ends with an error of the harness", async () => {
    const error = new TypeError("a defect");

    await expect(checkEach([1], async () => Promise.reject(error))).rejects.toBe(error);
  });
});
