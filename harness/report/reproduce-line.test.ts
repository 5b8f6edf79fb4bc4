import { expect, test } from "vitest";
import { createReleaseResult, createRunResult, held, violated } from "../testing/sample-run.ts";
import { formatReproduceCommand, formatRunCommand, quoteShellWord } from "./reproduce-line.ts";

const references = { cwd: "/checkout", scripts: new Map() };

test("the command names the release relative to the reader's folder, the property and the seed", () => {
  expect(formatReproduceCommand({ folder: "/checkout/sql/published" }, violated, references)).toBe(
    "npx pg-plumbline verify --release sql/published --only C3-negative --seed 42",
  );
});

test("a release outside of the reader's folder has an absolute path, the folder itself is a dot", () => {
  expect(formatReproduceCommand({ folder: "/checkout-2/mine" }, violated, references)).toContain(
    "--release /checkout-2/mine ",
  );
  expect(formatReproduceCommand({ folder: "/checkout/..mine" }, violated, references)).toContain("--release ..mine ");
  expect(formatReproduceCommand({ folder: "/checkout" }, violated, references)).toContain("--release . ");
});

test("the command repeats the options that are not the defaults", () => {
  const line = formatReproduceCommand({ folder: "/checkout/a b" }, violated, {
    ...references,
    options: ["--runs", "1000"],
  });

  expect(line).toBe("npx pg-plumbline verify --release 'a b' --only C3-negative --seed 42 --runs 1000");
});

test("the command for a migration names the folder and the migration", () => {
  const release = { folder: "/checkout/db/migrations", migration: "0002 b" };

  expect(formatReproduceCommand(release, violated, references)).toBe(
    "npx pg-plumbline verify db/migrations --migration '0002 b' --only C3-negative --seed 42",
  );
});

test("the command for a run of migrations names their folder once, and what selected them", () => {
  const one = { ...createReleaseResult(held), folder: "/checkout/migrations" };
  const run = createRunResult({ ...one, migration: "1" }, { ...one, migration: "2" });

  expect(formatRunCommand(run, { ...references, selection: ["--last", "2"] })).toBe(
    "npx pg-plumbline verify migrations --last 2 --seed 42",
  );
});

test("a quoted word is one word for a shell", () => {
  expect(quoteShellWord("it's $(rm)")).toBe(`'it'\\''s $(rm)'`);
  expect(quoteShellWord("")).toBe("''");
});

test("the command for a run names its releases unless they are the default, and the selection", () => {
  const run = createRunResult(createReleaseResult(held));

  expect(formatRunCommand(run, references)).toBe("npx pg-plumbline verify --release sql/published --seed 42");
  expect(formatRunCommand({ ...run, only: ["A1", "S1"] }, { ...references, isDefaultReleases: true })).toBe(
    "npx pg-plumbline verify --only A1,S1 --seed 42",
  );
});
