import { describe, expect, test } from "vitest";
import type { CheckResult } from "../property/check-property.ts";
import type { KnownFailure } from "../release/release.ts";
import { getExitCode } from "../report/exit-status.ts";
import { findLedgerProblems } from "../report/kinds.ts";
import { createReleaseResult, createRunResult } from "../testing/sample-run.ts";
import { compareWithKnown } from "./compare-known.ts";

const common = { id: "C5", title: "refused", rule: "C5", seed: 1, durationMs: 1, runs: 1 };
const held: CheckResult = { ...common, verdict: "held" };
const unknown: CheckResult = { ...common, verdict: "unknown" };
const violated = (...kinds: string[]): CheckResult => ({
  ...common,
  verdict: "violated",
  kinds: kinds.map((kind) => ({
    kind,
    runs: 1,
    shrinks: 0,
    path: "0",
    violation: { expected: "a", got: "b", script: [] },
  })),
});
const entry = (kind?: string): KnownFailure => ({
  property: "C5",
  because: `because of ${kind ?? "it"}`,
  ...(kind === undefined ? {} : { kind }),
});

function compare(checked: CheckResult, known: readonly KnownFailure[], isComplete = true) {
  const result = compareWithKnown(checked, known, { isComplete });

  return {
    result,
    code: getExitCode(createRunResult(createReleaseResult(result, { ...common, verdict: "held", expected: true }))),
    problems: findLedgerProblems(result).map(({ name, problem }) => `${name}: ${problem}`),
  };
}

describe("known failures", () => {
  test("that are listed by kind are expected, each with its own reason", () => {
    const { result, code } = compare(violated("a", "b"), [entry("a"), entry("b")]);

    expect(result.kinds?.map(({ expected, because }) => [expected, because])).toEqual([
      [true, "because of a"],
      [true, "because of b"],
    ]);
    expect([result.expected, result.because, code]).toEqual([true, "because of a", 0]);
  });

  test("a new kind of a known property is a new failure", () => {
    const { result, code } = compare(violated("a", "new"), [entry("a")]);

    expect(result.kinds?.map(({ expected }) => expected)).toEqual([true, false]);
    expect([result.expected, code]).toEqual([false, 1]);
  });

  test("a kind that no longer occurs is out of date, unless not all kinds were looked for", () => {
    const { result, code, problems } = compare(violated("a"), [entry("a"), entry("fixed")]);

    expect([result.expected, code]).toEqual([false, 1]);
    expect(problems).toEqual(["C5 · fixed: listed as a known failure, and it did not occur"]);
    expect(compare(violated("a"), [entry("a"), entry("fixed")], false).code).toBe(0);
  });

  test("a property that holds is out of date", () => {
    expect(compare(held, [entry("a")])).toMatchObject({
      code: 1,
      problems: ["C5: listed as a known failure, and it held"],
    });
    expect(compare(unknown, [entry("a")])).toMatchObject({ code: 0, problems: [] });
  });

  test("a star covers all kinds, and another entry beside it is out of date where it does not occur", () => {
    expect(compare(violated("a", "new"), [entry("*")]).code).toBe(0);
    const { result } = compare(violated("a", "new"), [entry("*"), entry("a")]);
    expect(result.kinds?.map(({ because }) => because)).toEqual(["because of a", "because of *"]);
    expect(compare(violated("a", "new"), [entry("*"), entry("fixed")]).code).toBe(1);
  });

  test("an entry without a kind stands for one, and for several the entries to write are given", () => {
    expect(compare(violated("a"), [entry()]).code).toBe(0);
    const { code, result, problems } = compare(violated("a", "b"), [entry()]);

    expect([code, problems]).toEqual([2, ["C5: listed without a kind, and there are 2 kinds"]]);
    expect(findLedgerProblems(result)[0]?.entries).toEqual([
      '{"property":"C5","kind":"a","because":"because of it"}',
      '{"property":"C5","kind":"b","because":"because of it"}',
    ]);
  });

  test("a kind that never was is an error, and the most similar one that there is comes first", () => {
    const { code, result, problems } = compare(violated("called-a-lack", "returns-false"), [
      entry("called-a-lack"),
      entry("returns-fales"),
    ]);

    expect([code, problems]).toEqual([2, ["C5 · returns-fales: listed as a known failure, and there is no such kind"]]);
    expect(findLedgerProblems(result)[0]?.hint).toBe(
      "Write one of the kinds that there are: returns-false, called-a-lack",
    );
  });
});
