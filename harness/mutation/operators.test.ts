import { describe, expect, test } from "vitest";
import { makeRelease } from "../testing/example-release.ts";
import { applyMutant } from "./apply-mutant.ts";
import { applyOperators, loadOperators } from "./find-mutants.ts";
import { edited } from "./mutant.ts";
import { readSubjects } from "./read-subjects.ts";

const operators = await loadOperators();

describe.each(operators)("$name", (operator) => {
  test("makes exactly the mutants of its examples, of some none", async () => {
    const counts = Object.values(operator.examples).map(({ length }) => length);
    expect(Math.max(...counts)).toBeGreaterThan(0);
    expect(Math.min(...counts)).toBe(0);
    for (const [source, mutants] of Object.entries(operator.examples)) {
      const { subjects, misses } = await readSubjects(await makeRelease(source));
      const made = applyOperators(subjects, [operator]);

      if (mutants.length > 0) expect(misses).toEqual([]);
      expect(made.map(({ edits }) => edited(source, edits))).toEqual(mutants);
    }
  });

  test("makes only mutants that PostgreSQL parses", async () => {
    for (const source of Object.keys(operator.examples)) {
      const release = await makeRelease(source);
      const { subjects } = await readSubjects(release);
      for (const mutant of applyOperators(subjects, [operator])) {
        expect(await applyMutant(release, mutant)).toMatchObject({ kind: "applied" });
      }
    }
  });
});
