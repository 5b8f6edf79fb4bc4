import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { listSteps, replaceStep } from "../release/lists.ts";
import { readRelease } from "../release/read-release.ts";
import type { Release, Step } from "../release/release.ts";
import { makeRelease, makeStep } from "../testing/example-release.ts";
import { applyMutant } from "./apply-mutant.ts";
import { findMutants } from "./find-mutants.ts";
import { edited, type Mutant } from "./mutant.ts";
import { readSubjects } from "./read-subjects.ts";

const folder = (name: string) => fileURLToPath(new URL(`../../sql/${name}`, import.meta.url));
const releases = await Promise.all(["hardened", "published"].map((name) => readRelease(folder(name))));
const found = new Map<Release, readonly Mutant[]>();
for (const release of releases) found.set(release, await findMutants(release));

function sourceOf(release: Release, path: string): string {
  return listSteps(release).find(({ step }) => step.path === path)?.step.source ?? "";
}

/** The release with a change made to the text of each of its steps. */
async function rewritten(release: Release, change: (source: string) => string): Promise<Release> {
  let changed = release;
  for (const { step } of listSteps(release)) {
    const fresh: Step = { ...(await makeStep(step.path, change(step.source))), file: step.file };
    changed = replaceStep(changed, fresh);
  }

  return changed;
}

describe.each(releases)("$name", (release) => {
  const mutants = found.get(release) ?? [];

  test("every statement and body is located with certainty", async () => {
    expect((await readSubjects(release)).misses).toEqual([]);
  });

  test("each mutant changes its step by its edits alone; nearly all are parsed", async () => {
    let invalid = 0;

    for (const mutant of mutants) {
      const applied = await applyMutant(release, mutant);
      if (applied.kind === "invalid") {
        invalid += 1;
        expect(applied.message).not.toBe("");
        continue;
      }
      const before = listSteps(release);
      const after = listSteps(applied.release);
      const others = (steps: typeof before) => steps.filter(({ step }) => step.path !== mutant.step);

      expect(others(after)).toEqual(others(before));
      expect(applied.step.source).toBe(edited(sourceOf(release, mutant.step), mutant.edits));
      expect(applied.release.lists.baseline).toBe(release.lists.baseline);
    }

    expect(invalid / mutants.length).toBeLessThan(0.005);
  });

  test("original and replacement are at the position of the mutant", () => {
    for (const { step, edits, original, replacement, line } of mutants) {
      const source = sourceOf(release, step);
      const start = edits[0]?.start ?? -1;
      const mutated = edited(source, edits);

      expect(source.slice(start, start + original.length)).toBe(original);
      expect(mutated.slice(start, start + replacement.length)).toBe(replacement);
      expect(source.slice(0, start) + mutated.slice(start + replacement.length)).toBe(
        source.slice(0, start) + source.slice(start + original.length),
      );
      expect(line).toBeGreaterThanOrEqual(source.slice(0, start).split("\n").length);
      expect(mutated).not.toBe(source);
    }
  });

  test("ids are unique, and no two mutants make the same file", () => {
    const files = mutants.map(({ step, edits }) => step + edited(sourceOf(release, step), edits));

    expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
    expect(new Set(files).size).toBe(mutants.length);
  });

  test("a line at the start of each file moves the mutants, and changes no id", async () => {
    const moved = await findMutants(await rewritten(release, (source) => `-- é: another line\n${source}`));

    expect(moved.map(({ id }) => id)).toEqual(mutants.map(({ id }) => id));
    expect(moved.map(({ line }) => line)).toEqual(mutants.map(({ line }) => line + 1));
  });

  test("a statement at the end of each file changes no id of the others", async () => {
    const longer = await rewritten(release, (source) => `${source.trimEnd()}\nDELETE FROM more WHERE a = 1;\n`);
    const local = (some: readonly Mutant[]) => some.filter(({ family }) => family !== "script").map(({ id }) => id);
    const ids = new Set(local(await findMutants(longer)));

    expect(local(mutants).filter((id) => !ids.has(id))).toEqual([]);
  });
});

test("a filter selects mutants by operator, list and step", async () => {
  const [release] = releases;
  if (release === undefined) throw new Error("There is no release");
  const wanted = { operators: ["comparison-boundary"], lists: ["migrate"], steps: ["2.2-functions.sql"] };
  const some = await findMutants(release, wanted);
  const all = (found.get(release) ?? []).filter(
    ({ operator, step }) => operator === "comparison-boundary" && step === "2.2-functions.sql",
  );

  expect(some.length).toBeGreaterThan(0);
  expect(some).toEqual(all);
});

test("equal changes of one statement have their own ids, at the columns that an editor counts", async () => {
  const release = await makeRelease("SELECT '😀', a < 1\nFROM t WHERE é < 2 AND a < 1;");
  const mutants = await findMutants(release, { operators: ["comparison-boundary"] });

  expect(new Set(mutants.map(({ id }) => id)).size).toBe(3);
  expect(mutants.map(({ line, column }) => [line, column])).toEqual([
    [1, 15],
    [2, 16],
    [2, 26],
  ]);
  expect(mutants[0]).toMatchObject({
    step: "1.sql",
    list: "migrate",
    statement: 0,
    object: "t",
    description: "A comparison differs at its boundary: < becomes <=",
  });
});

test("comments have no mutants", async () => {
  expect(await findMutants(await makeRelease("-- nothing\n", "\\d t\n"))).toEqual([]);
});

test.each([
  [{ operators: ["comparison-boundry"] }, 'operator "comparison-boundry"; did you mean comparison-boundary?'],
  [{ lists: ["rollback"] }, 'list "rollback"'],
  [{ steps: ["2.sql"] }, 'step "2.sql"; did you mean 1.sql?'],
])("an unknown name is an error: %j", async (filter, expected) => {
  await expect(findMutants(await makeRelease("SELECT 1"), filter)).rejects.toThrow(`There is no ${expected}`);
});

test("a body that cannot be located is not mutated, and is a miss", async () => {
  const release = await makeRelease(
    "DO 'BEGIN IF 1 < 2 THEN NULL; END IF; END';\nDO $$BEGIN IF 1 < 2 THEN unknown := 3; END IF; END$$;",
  );

  expect((await readSubjects(release)).misses).toEqual([
    "1.sql:1: a body that is not dollar-quoted",
    '1.sql:2: "unknown" is not a known variable',
  ]);
  expect(await findMutants(release, { operators: ["comparison-boundary", "if-condition"] })).toEqual([]);
});
