import { describe, expect, test } from "vitest";
import { releaseOf } from "../testing/example-release.ts";
import { applyMutant } from "./apply-mutant.ts";
import { mutantsOf } from "./find-mutants.ts";
import { listNames } from "./lists.ts";
import { loadOperators } from "./load-operators.ts";
import { edited } from "./mutant.ts";
import { readSubjects } from "./read-subjects.ts";

const operators = await loadOperators();

describe.each(operators)("$name", (operator) => {
  test("makes of each example what the example says, and no other mutant", async () => {
    expect(operator.examples.makes.length).toBeGreaterThan(0);
    for (const { of, mutants } of operator.examples.makes) {
      const { subjects, misses } = await readSubjects(await releaseOf(of), listNames);
      const made = mutantsOf(subjects, [operator]);

      expect(misses).toEqual([]);
      expect(made.map(({ edits }) => edited(of, edits))).toEqual(mutants);
    }
  });

  test("makes only mutants that PostgreSQL parses", async () => {
    for (const { of } of operator.examples.makes) {
      const release = await releaseOf(of);
      const { subjects } = await readSubjects(release, listNames);
      for (const mutant of mutantsOf(subjects, [operator])) {
        expect(await applyMutant(release, mutant)).toMatchObject({ kind: "applied" });
      }
    }
  });

  test("leaves alone what it has no business with", async () => {
    expect(operator.examples.leaves.length).toBeGreaterThan(0);
    for (const source of operator.examples.leaves) {
      const { subjects } = await readSubjects(await releaseOf(source), listNames);

      expect(mutantsOf(subjects, [operator])).toEqual([]);
    }
  });
});
