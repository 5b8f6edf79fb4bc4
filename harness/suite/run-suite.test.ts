import { constant } from "fast-check";
import { describe, expect, test } from "vitest";
import { HarnessError, Inconclusive, UnansweredError } from "../errors.ts";
import { type Property, property, type Question, question } from "../property/property.ts";
import type { TestContext } from "../property/test-context.ts";
import type { Violation } from "../property/verdict.ts";
import type { Release } from "../release/release.ts";
import { openMemory } from "../server/memory/memory.ts";
import type { Suite } from "./load-suite.ts";
import { DEFAULT_RUNS, defaultRuns, type SurveyEvent, survey } from "./run-suite.ts";

const NEVER = { expected: "never", got: "always", script: [] };

/** Never asked for anything: the worlds of these tests have no database. */
const { databases } = await openMemory();

function claim(
  id: string,
  holds: () => Promise<Violation | undefined>,
  cost: Property["cost"] = "call",
): Property<never> {
  return property(id, `the title of ${id}`, { cost, given: { n: constant(0) }, holds }) as Property<never>;
}

function release(name: string, ...known: string[]): Release {
  const findings = known.map((id) => ({ property: id, because: `${id} is known` }));

  return { name, folder: `/releases/${name}`, baseline: [], migrate: [], findings };
}

/** A suite whose worlds are counted. */
function suiteOf(properties: readonly Property<never>[], questions: readonly Question<never>[] = []) {
  const open = { now: 0, most: 0, ever: 0 };
  const openContext = (): TestContext => {
    open.now += 1;
    open.ever += 1;
    open.most = Math.max(open.most, open.now);

    return {
      endCase: async () => undefined,
      close: async () => {
        open.now -= 1;
      },
    };
  };

  return { suite: { properties, questions, openContext } satisfies Suite, open };
}

const holds = async (): Promise<undefined> => undefined;
const breaks = async (): Promise<Violation> => NEVER;

describe("surveying", () => {
  test("a verdict is expected where the ledger agrees with it", async () => {
    const undecided = async (): Promise<never> => {
      throw new Inconclusive("nobody can tell");
    };
    const { suite } = suiteOf([
      claim("S1", holds),
      claim("S2", breaks),
      claim("S3", undecided),
      claim("A1", holds),
      claim("A2", breaks),
      claim("A3", undecided),
    ]);
    const [result] = await survey([release("one", "A1", "A2", "A3")], suite, databases, { seed: 1 });

    expect(
      result?.properties.map(({ id, verdict, expected, because }) => [id, verdict, expected, because]),
    ).toEqual([
      ["S1", "held", true, undefined],
      ["S2", "violated", false, undefined],
      ["S3", "unknown", false, undefined],
      ["A1", "held", false, "A1 is known"],
      ["A2", "violated", true, "A2 is known"],
      ["A3", "unknown", false, "A3 is known"],
    ]);
  });

  test("what a release left behind leaves its rule undecided, and ends neither the run nor a question", async () => {
    const unanswered = async (): Promise<never> => {
      throw new UnansweredError("the column is gone", "Find it");
    };
    const { suite, open } = suiteOf(
      [claim("S1", unanswered), claim("S2", holds), claim("S3", holds)],
      [question("O1", "a question", unanswered) as Question<never>],
    );
    const [result] = await survey([release("one")], suite, databases, { seed: 1, lanes: 1 });

    expect(
      result?.properties.map(({ id, verdict, reason, blocked }) => [id, verdict, reason, blocked]),
    ).toEqual([
      ["S1", "unknown", "the column is gone", true],
      ["S2", "held", undefined, undefined],
      ["S3", "held", undefined, undefined],
    ]);
    expect(result?.questions?.map(({ answer }) => answer)).toEqual(["not measured: the column is gone"]);
    expect(open.now).toBe(0);
  });

  test("results stand in the order of the suite and of the releases, in whichever order they end", async () => {
    const slow = (id: string, turns: number, cost: Property["cost"]) =>
      claim(
        id,
        async () => {
          for (let turn = 0; turn < turns; turn += 1) {
            await Promise.resolve();
          }

          return undefined;
        },
        cost,
      );
    const { suite } = suiteOf([slow("S1", 90, "once"), slow("A1", 1, "migration"), slow("M1", 30, "call")]);
    const results = await survey([release("one"), release("two")], suite, databases, { seed: 1, runs: 3 });

    expect(results.map(({ name, properties }) => [name, ...properties.map(({ id }) => id)])).toEqual([
      ["one", "S1", "A1", "M1"],
      ["two", "S1", "A1", "M1"],
    ]);
  });

  test("the cost of a case decides how many there are; the order can, but once is once", async () => {
    const costs = ["call", "migration", "once"] as const;
    const { suite } = suiteOf(costs.map((cost, index) => claim(`S${index}`, holds, cost)));
    const runsOf = async (order: { seed: number; runs?: number }) =>
      (await survey([release("one")], suite, databases, order))[0]?.properties.map(({ runs }) => runs);

    expect(await runsOf({ seed: 1 })).toEqual([DEFAULT_RUNS.call, DEFAULT_RUNS.migration, 1]);
    expect(await runsOf({ seed: 1, runs: 4 })).toEqual([4, 4, 1]);
  });

  test.each([
    ["a world of its own", "migration", 9],
    ["one that another has done with, where all of them play calls", "call", 3],
  ] as const)("a few are at work at the same time, each in %s, which is closed", async (_, cost, ever) => {
    const ids = Array.from({ length: 9 }, (__, index) => `S${index}`);
    const { suite, open } = suiteOf(ids.map((id) => claim(id, holds, cost)));
    await survey([release("one")], suite, databases, { seed: 1, runs: 2 });

    expect(open).toEqual({ now: 0, most: 3, ever });
  });

  test("nobody plays calls in a world in which another release was migrated, and a failure leaves none open", async () => {
    const { suite, open } = suiteOf([claim("S1", holds), claim("S2", holds)]);
    await survey([release("one"), release("two")], suite, databases, { seed: 1, runs: 2, lanes: 1 });

    expect(open).toEqual({ now: 0, most: 2, ever: 2 });

    const failing = suiteOf([claim("S1", () => Promise.reject(new HarnessError("no more", "Stop")))]);

    await expect(survey([release("one")], failing.suite, databases, { seed: 1 })).rejects.toThrow("no more");
    expect(failing.open.now).toBe(0);
  });

  test("each beginning and each end is told, and how many are done", async () => {
    const events: SurveyEvent[] = [];
    const { suite } = suiteOf([claim("S1", holds), claim("S2", breaks)]);
    await survey([release("one")], suite, databases, { seed: 1, onProgress: (event) => events.push(event) });
    const finished = events.filter(({ kind }) => kind === "finished");

    expect(events.filter(({ kind }) => kind === "started").map(({ id }) => id)).toEqual(["S1", "S2"]);
    expect(finished.map(({ done, total }) => [done, total])).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(finished.map(({ result }) => result?.verdict).sort()).toEqual(["held", "violated"]);
  });
});

describe("questions", () => {
  test("they are measured, and what cannot be measured says why", async () => {
    const { suite } = suiteOf(
      [],
      [
        question("O1", "How many?", async () => ({ answer: "three", figures: { many: 3 } })),
        question("O2", "How few?", async () => {
          throw new Inconclusive("the release has no such list");
        }),
      ],
    );
    const [result] = await survey([release("one")], suite, databases, { seed: 1 });

    expect(result?.questions).toEqual([
      { id: "O1", title: "How many?", answer: "three", figures: { many: 3 } },
      { id: "O2", title: "How few?", answer: "not measured: the release has no such list", figures: {} },
    ]);
  });
});

describe("trouble", () => {
  test("it is named with its release and property; what is at work ends, and nothing else is begun", async () => {
    const begun: string[] = [];
    const trouble = new HarnessError("The disk is full", "Free some space");
    const jobs = Array.from({ length: 20 }, (_, index) =>
      claim(`S${index}`, async () => {
        begun.push(`S${index}`);
        if (index === 1) {
          throw trouble;
        }

        return undefined;
      }),
    );
    const { suite, open } = suiteOf(jobs);
    const thrown: unknown = await survey([release("one")], suite, databases, { seed: 1, runs: 50 }).catch(
      (error: unknown) => error,
    );

    expect(thrown).toBeInstanceOf(HarnessError);
    expect(thrown).toMatchObject({
      message: "one, S1: The disk is full",
      remedy: "Free some space",
      cause: trouble,
    });
    expect(new Set(begun).size).toBeLessThanOrEqual(3);
    expect(open.now).toBe(0);
  });

  test("a defect of a property is thrown as it is", async () => {
    const defect = new TypeError("undefined is not a function");
    const { suite } = suiteOf([
      claim("S1", async () => {
        throw defect;
      }),
    ]);

    await expect(survey([release("one")], suite, databases, { seed: 1 })).rejects.toBe(defect);
  });
});

test("each of a few examples is tried, but a whole enumeration is not, nor more crashes than others have", () => {
  const examples = (length: number) => Array.from({ length }, () => ({}));

  expect(defaultRuns({ cost: "migration", examples: examples(1) })).toBe(DEFAULT_RUNS.migration);
  expect(defaultRuns({ cost: "migration", examples: examples(9) })).toBe(9);
  expect(defaultRuns({ cost: "strike", examples: examples(400) })).toBe(DEFAULT_RUNS.strike);
  expect(defaultRuns({ cost: "crash", examples: examples(9) })).toBe(DEFAULT_RUNS.crash);
});
