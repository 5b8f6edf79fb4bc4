import { describe, expect, test } from "vitest";
import { makeRelease } from "../testing/example-release.ts";
import { applyMutant } from "./apply-mutant.ts";
import { applyOperators, loadOperators } from "./find-mutants.ts";
import { edited } from "./mutant.ts";
import { readSubjects } from "./read-subjects.ts";

const operators = await loadOperators();

describe.each(operators)("$name", (operator) => {
  test("makes exactly the mutants of its examples", async () => {
    const examples = Object.entries(operator.examples.makes);
    expect(examples.length).toBeGreaterThan(0);
    for (const [source, mutants] of examples) {
      const { subjects, misses } = await readSubjects(await makeRelease(source));
      const made = applyOperators(subjects, [operator]);

      expect(misses).toEqual([]);
      expect(made.map(({ edits }) => edited(source, edits))).toEqual(mutants);
    }
  });

  test("makes only mutants that PostgreSQL parses", async () => {
    for (const source of Object.keys(operator.examples.makes)) {
      const release = await makeRelease(source);
      const { subjects } = await readSubjects(release);
      for (const mutant of applyOperators(subjects, [operator])) {
        expect(await applyMutant(release, mutant)).toMatchObject({ kind: "applied" });
      }
    }
  });

  test("makes no mutant of the sources that it leaves", async () => {
    expect(operator.examples.leaves.length).toBeGreaterThan(0);
    for (const source of operator.examples.leaves) {
      const { subjects } = await readSubjects(await makeRelease(source));

      expect(applyOperators(subjects, [operator])).toEqual([]);
    }
  });
});
