import { expect, test } from "vitest";
import { violated } from "../testing/sample-run.ts";
import { formatReproduceCommand, quoteShellWord } from "./reproduce-line.ts";

const references = { cwd: "/checkout", scripts: new Map() };

test("the line names the release as the reader would, the property and the seed", () => {
  expect(formatReproduceCommand("/checkout/sql/published", violated, references)).toBe(
    "npx pg-plumbline verify --release sql/published --only C3-negative --seed 42",
  );
});

test("a release outside of the reader's folder is named in full, the folder itself by a dot", () => {
  expect(formatReproduceCommand("/checkout-2/mine", violated, references)).toContain(
    "--release /checkout-2/mine ",
  );
  expect(formatReproduceCommand("/checkout/..mine", violated, references)).toContain("--release ..mine ");
  expect(formatReproduceCommand("/checkout", violated, references)).toContain("--release . ");
});

test("what was asked for beside the defaults is asked for again", () => {
  const line = formatReproduceCommand("/checkout/a b", violated, {
    ...references,
    options: ["--runs", "1000"],
  });

  expect(line).toBe("npx pg-plumbline verify --release 'a b' --only C3-negative --seed 42 --runs 1000");
});

test("a shell reads a quoted word as it was", () => {
  expect(quoteShellWord("it's $(rm)")).toBe(`'it'\\''s $(rm)'`);
  expect(quoteShellWord("")).toBe("''");
});
