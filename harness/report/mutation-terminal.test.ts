import { describe, expect, test } from "vitest";
import { makeMutationRun, mutantsAlone, sampleResults } from "../testing/sample-mutants.ts";
import { formatMutationRun } from "./mutation-terminal.ts";

const style = { colour: false, width: 100 };
const told = async (...parts: Parameters<typeof makeMutationRun>) =>
  formatMutationRun(await makeMutationRun(...parts), style);

describe("a run of mutants is told", () => {
  test("with each survivor as a diff, and who ought to have noticed", async () => {
    const text = await told(sampleResults);

    expect(text).toContain("survived: survived a sum is wrong\n1.sql:2, in consume\n");
    expect(text).toContain("  -SELECT a + 1;\n  +SELECT a - 1;\n");
    expect(text).toContain("ought to have been noticed by C1, C2");
    expect(text).toContain("nobody noticed anything in this place");
  });

  test("with the limit told apart, and what is invalid or equivalent not counted", async () => {
    const text = await told(sampleResults);

    expect(text).toMatch(
      /killed +limit +survived +trouble +equivalent +invalid +score\n +expression +1 +1 +2 +1 +1 +1 +40\.0 %/,
    );
    expect(text).toContain("Equivalent, and not counted\n  a is always 0\n");
    expect(text).toContain("example: 40.0 % of 5 mutants were noticed.");
  });

  test("by rule: what its properties noticed first, and the survivors that they ought to have noticed", async () => {
    const text = await told(sampleResults);

    expect(text).toMatch(/by rule\n.*\n +A1 .*1 +0\.0 %\n +C1 +1 +1 +50\.0 %\n +C2 +1 +1 +50\.0 %\n/);
    expect(text).toContain("1 count for no rule");
    expect(text).toContain("No mutant counts for K1.");
  });

  test("with the score that was asked for, where it is not reached", async () => {
    expect(await told(sampleResults, { scoreMin: 0.95 })).toContain("were noticed, fewer than 95.0 %.");
    expect(await told(sampleResults, { scoreMin: 0.4 })).not.toContain("fewer than");
  });
});

test("a list of mutants that are gone is told last, with what to do, even where nothing was mutated", async () => {
  const stale = ["0123456789ab", "ba9876543210"];

  for (const some of [sampleResults, []]) {
    expect(await told(some, { stale })).toMatch(
      /no mutant of example any more, .*; remove 0123456789ab, ba9876543210\.\nThe exit code is 1 until then\.\n$/,
    );
    expect(await told(some)).not.toContain("stale");
  }
});

describe("what each property noticed", () => {
  test("is told with how to learn what it alone noticed, while that is not known", async () => {
    const text = await told(sampleResults);

    expect(text).toContain("first noticed by\n  C1 1, C2 1\n  --alone would tell");
    expect(text).not.toContain("Nothing was noticed alone");
  });

  test("is told with what it alone noticed, and who noticed nothing alone is named", async () => {
    const text = await told(mutantsAlone);

    expect(text).toMatch(/first +alone\n +C2 +1\n +C1 +1 +1\n +K1 +1\n/);
    expect(text).toContain("Nothing was noticed alone by A1, C2, K1.");
    expect(text).not.toContain("--alone");
  });
});
