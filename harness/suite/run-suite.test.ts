import { constant } from "fast-check";
import { describe, expect, test } from "vitest";
import { HarnessError, Inconclusive, LimitError, UnansweredError } from "../errors.ts";
import { CrashServer } from "../fault/crash-server.ts";
import { type Property, property, type Question, question } from "../property/property.ts";
import type { TestContext } from "../property/test-context.ts";
import type { Violation } from "../property/verdict.ts";
import type { Release } from "../release/release.ts";
import { openMemory } from "../server/memory/memory.ts";
import type { Suite } from "./load-suite.ts";
import { DEFAULT_RUNS, defaultRuns, runSuites, type SuiteProgress, type SuiteRunOptions } from "./run-suite.ts";

const NEVER = { expected: "never", got: "always", script: [] };

/** Unused: the contexts of these tests have no database. */
const { databases } = await openMemory();

async function runOn(releases: readonly Release[], suite: Suite, options: SuiteRunOptions) {
  const targets = releases.map((release) => ({ release, suite }));

  return await runSuites(targets, databases, options);
}

function claim(
  id: string,
  holds: () => Promise<Violation | undefined>,
  caseKind: Property["caseKind"] = "call",
): Property {
  return property(id, `the title of ${id}`, {
    caseKind,
    given: { n: constant(0) },
    holds,
  });
}

function release(name: string, ...known: string[]): Release {
  const findings = known.map((id) => ({ property: id, because: `${id} is known` }));

  return { name, folder: `/releases/${name}`, lists: { baseline: [], migrate: [] }, knownFailures: findings };
}

/** Creates a suite that counts its contexts. */
function createSuite(properties: readonly Property[], questions: readonly Question[] = []) {
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

  return { suite: { properties, questions, openContext, renamed: {} } satisfies Suite, open };
}

const holds = async (): Promise<undefined> => undefined;
const breaks = async (): Promise<Violation> => NEVER;

describe("running suites", () => {
  test("a verdict is expected if it agrees with the known failures", async () => {
    const undecided = async (): Promise<never> => {
      throw new Inconclusive("it cannot be decided");
    };
    const { suite } = createSuite([
      claim("S1", holds),
      claim("S2", breaks),
      claim("S3", undecided),
      claim("A1", holds),
      claim("A2", breaks),
      claim("A3", undecided),
    ]);
    const [result] = await runOn([release("one", "A1", "A2", "A3")], suite, { seed: 1 });

    expect(result?.properties.map(({ id, verdict, expected, because }) => [id, verdict, expected, because])).toEqual([
      ["S1", "held", true, undefined],
      ["S2", "violated", false, undefined],
      ["S3", "unknown", false, undefined],
      ["A1", "held", false, "A1 is known"],
      ["A2", "violated", true, "A2 is known"],
      ["A3", "unknown", false, "A3 is known"],
    ]);
  });

  test("an unanswered query makes its rule unknown, and ends neither the run nor a question", async () => {
    const unanswered = async (): Promise<never> => {
      throw new UnansweredError("the column is gone", "Find it");
    };
    const { suite, open } = createSuite(
      [claim("S1", unanswered), claim("S2", holds), claim("S3", holds)],
      [question("O1", "a question", unanswered)],
    );
    const [result] = await runOn([release("one")], suite, { seed: 1, concurrency: 1 });

    expect(result?.properties.map(({ id, verdict, reason, blocked }) => [id, verdict, reason, blocked])).toEqual([
      ["S1", "unknown", "the column is gone", true],
      ["S2", "held", undefined, undefined],
      ["S3", "held", undefined, undefined],
    ]);
    expect(result?.questions?.map(({ answer }) => answer)).toEqual(["not measured: the column is gone"]);
    expect(open.now).toBe(0);
  });

  test("results are in the order of the suites and releases, in whatever order they end", async () => {
    const slow = (id: string, turns: number, caseKind: Property["caseKind"]) =>
      claim(
        id,
        async () => {
          for (let turn = 0; turn < turns; turn += 1) {
            await Promise.resolve();
          }

          return undefined;
        },
        caseKind,
      );
    const { suite } = createSuite([slow("S1", 90, "once"), slow("A1", 1, "migration"), slow("M1", 30, "call")]);
    const results = await runOn([release("one"), release("two")], suite, { seed: 1, runs: 3 });

    expect(results.map(({ name, properties }) => [name, ...properties.map(({ id }) => id)])).toEqual([
      ["one", "S1", "A1", "M1"],
      ["two", "S1", "A1", "M1"],
    ]);
  });

  test("crashes wait for each other beside the other properties, not in their place", async () => {
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const crash = claim("R1", () => ended.then(holds), "crash");
    const call = claim("C1", () => holds().finally(end));
    await using crashServer = new CrashServer(() => Promise.reject(new Error("It is not needed")));
    const results = await runOn([release("one")], createSuite([crash, call]).suite, {
      seed: 1,
      runs: 1,
      concurrency: 1,
      crashServer,
    });

    expect(results[0]?.properties.map(({ verdict }) => verdict)).toEqual(["held", "held"]);
  });

  test("the kind of a case decides how many there are, unless a number is given; once is once", async () => {
    const kinds = ["call", "migration", "once"] as const;
    const { suite } = createSuite(kinds.map((kind, index) => claim(`S${index}`, holds, kind)));
    const countRuns = async (options: { seed: number; runs?: number }) =>
      (await runOn([release("one")], suite, options))[0]?.properties.map(({ runs }) => runs);

    expect(await countRuns({ seed: 1 })).toEqual([DEFAULT_RUNS.call, DEFAULT_RUNS.migration, 1]);
    expect(await countRuns({ seed: 1, runs: 4 })).toEqual([4, 4, 1]);
  });

  test.each([
    ["a context of its own", "migration", 9],
    ["an idle context of another, if all of them play calls", "call", 3],
  ] as const)("a few run at the same time, each in %s, which is closed", async (_, caseKind, ever) => {
    const ids = Array.from({ length: 9 }, (__, index) => `S${index}`);
    const { suite, open } = createSuite(ids.map((id) => claim(id, holds, caseKind)));
    await runOn([release("one")], suite, { seed: 1, runs: 2 });

    expect(open).toEqual({ now: 0, most: 3, ever });
  });

  test("releases share no context, each closes its own with its last property, and an error leaves none open", async () => {
    const { suite, open } = createSuite([claim("S1", holds), claim("S2", holds)]);
    await runOn([release("one"), release("two")], suite, { seed: 1, runs: 2, concurrency: 1 });

    expect(open).toEqual({ now: 0, most: 1, ever: 2 });

    const failing = createSuite([claim("S1", () => Promise.reject(new HarnessError("no more", "Stop")))]);

    await expect(runOn([release("one")], failing.suite, { seed: 1 })).rejects.toThrow("no more");
    expect(failing.open.now).toBe(0);
  });

  test("each start and each end is reported, and how many are done", async () => {
    const events: SuiteProgress[] = [];
    const { suite } = createSuite([claim("S1", holds), claim("S2", breaks)]);
    await runOn([release("one")], suite, { seed: 1, onProgress: (event) => events.push(event) });
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
  test("they are measured, or the reason why they cannot be measured is reported", async () => {
    const { suite } = createSuite(
      [],
      [
        question("O1", "How many?", async () => ({ answer: "three", figures: { many: 3 } })),
        question("O2", "How few?", async () => {
          throw new Inconclusive("the release has no such list");
        }),
        question("O3", "How long?", async () => {
          throw new LimitError("A statement did not end within 30 s", "Find out what it waits for");
        }),
      ],
    );
    const [result] = await runOn([release("one")], suite, { seed: 1 });

    expect(result?.questions).toEqual([
      { id: "O1", title: "How many?", answer: "three", figures: { many: 3 } },
      { id: "O2", title: "How few?", answer: "not measured: the release has no such list", figures: {} },
      { id: "O3", title: "How long?", answer: "not measured: A statement did not end within 30 s", figures: {} },
    ]);
  });
});

describe("errors", () => {
  test("an error of the harness names its release and property; what runs ends, and nothing else starts", async () => {
    const started: string[] = [];
    const error = new HarnessError("The disk is full", "Free some space");
    const jobs = Array.from({ length: 20 }, (_, index) =>
      claim(`S${index}`, async () => {
        started.push(`S${index}`);
        if (index === 1) {
          throw error;
        }

        return undefined;
      }),
    );
    const { suite, open } = createSuite(jobs);
    const thrown: unknown = await runOn([release("one")], suite, { seed: 1, runs: 50 }).catch(
      (reason: unknown) => reason,
    );

    expect(thrown).toBeInstanceOf(HarnessError);
    expect(thrown).toMatchObject({
      message: "one, S1: The disk is full",
      remedy: "Free some space",
      cause: error,
    });
    expect(new Set(started).size).toBeLessThanOrEqual(3);
    expect(open.now).toBe(0);
  });

  test("a defect of a property is thrown unchanged", async () => {
    const defect = new TypeError("undefined is not a function");
    const { suite } = createSuite([
      claim("S1", async () => {
        throw defect;
      }),
    ]);

    await expect(runOn([release("one")], suite, { seed: 1 })).rejects.toBe(defect);
  });
});

test("each of a few examples is a case, but not each of an enumeration, nor more crashes than usual", () => {
  const examples = (length: number) => Array.from({ length }, () => ({}));

  expect(defaultRuns({ caseKind: "migration", examples: examples(1) })).toBe(DEFAULT_RUNS.migration);
  expect(defaultRuns({ caseKind: "migration", examples: examples(9) })).toBe(9);
  expect(defaultRuns({ caseKind: "fault", examples: examples(400) })).toBe(DEFAULT_RUNS.fault);
  expect(defaultRuns({ caseKind: "crash", examples: examples(9) })).toBe(DEFAULT_RUNS.crash);
});
