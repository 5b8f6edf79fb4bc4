/** Tests mutants without a server: the properties here read the text of the release. */
import { join } from "node:path";
import { constant } from "fast-check";
import { expect, test } from "vitest";
import type { Pool } from "../database/pool.ts";
import { HarnessError, LimitError } from "../errors.ts";
import { type Property, property } from "../property/property.ts";
import type { TestContext } from "../property/test-context.ts";
import type { Release } from "../release/release.ts";
import type { TestResources } from "../suite/test-resources.ts";
import { makeRelease } from "../testing/example-release.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import type { Mutant } from "./mutant.ts";
import { ResultJournal } from "./result-journal.ts";
import { findKnownOutcome, type MutationContext, testMutants } from "./test-mutants.ts";

interface TextContext extends TestContext {
  readonly text: string;
}

const folder = createTemporaryFolder();

/** A property of the text, which notes its id when it is checked. */
function textProperty(
  id: string,
  checked: string[],
  findMissing: (text: string) => string | undefined,
): Property<TextContext> {
  return property<{ nothing: number }, TextContext>(id, "the text is complete", {
    given: { nothing: constant(0) },
    async holds(_, { text }) {
      checked.push(id);
      const expected = findMissing(text);

      return expected === undefined ? undefined : { expected, got: text, script: [] };
    },
  });
}

function makeContext(release: Release, properties: readonly Property<TextContext>[]): MutationContext {
  return {
    release,
    catalog: new Map(),
    candidates: properties.map((one) => ({
      property: one as unknown as MutationContext["candidates"][number]["property"],
      reads: new Set(["migrate"]),
    })),
    openContext: ({ release: { lists } }: TestResources): TextContext => ({
      text: lists.migrate.map(({ source }) => source).join(""),
      catalog: async () => new Map([["changed", {}]]),
      endCase: async () => undefined,
      close: async () => undefined,
    }),
    databases: { requireServer: async () => undefined } as unknown as Pool,
    seed: 1,
  };
}

/** The mutant that replaces this word of the release. */
function without(release: Release, word: string): Mutant {
  const start = release.lists.migrate[0]?.source.indexOf(word) ?? -1;

  return {
    ...{ id: word, operator: "by-hand", family: "expression", step: "1.sql", list: "migrate", statement: 0 },
    ...{ line: 1, column: 1, original: word, replacement: "nil", description: "by hand" },
    edits: [{ start, end: start + word.length, text: "nil" }],
  };
}

const requires =
  (...words: readonly string[]) =>
  (text: string) =>
    words.find((word) => !text.includes(word));

test("the first property that is violated kills; a survivor names all; each outcome is recorded", async () => {
  const release = await makeRelease("SELECT one, two, three;");
  const checked: string[] = [];
  const context = makeContext(release, [
    textProperty("C1", checked, requires("one")),
    textProperty("C2", checked, requires("one", "two")),
  ]);
  const file = join(folder, "results.jsonl");
  const mutants = ["one", "two", "three"].map((word) => without(release, word));
  const results = await testMutants(mutants, { context, journal: ResultJournal.open(file, "key") });

  expect(results).toMatchObject([
    { status: "killed", property: "C1", reason: "one; but SELECT nil, two, three;" },
    { status: "killed", property: "C2" },
    { status: "survived", coveredBy: ["C1", "C2"] },
  ]);
  const journal = ResultJournal.open(file, "key");
  const known = mutants.map((mutant) => findKnownOutcome(mutant, new Map([["two", "it is so"]]), journal));
  expect(known).toEqual([
    { status: "killed", property: "C1", reason: "one; but SELECT nil, two, three;" },
    { status: "equivalent", reason: "it is so" },
    { status: "survived", coveredBy: ["C1", "C2"] },
  ]);
});

test("the killer of an earlier run is checked first", async () => {
  const release = await makeRelease("SELECT one;");
  const checked: string[] = [];
  const context = makeContext(
    release,
    ["C1", "C2"].map((id) => textProperty(id, checked, requires("one"))),
  );
  const killers = new Map([["one", "C2"]]);
  const journal = ResultJournal.open(join(folder, "killers.jsonl"), "key");
  const results = await testMutants([without(release, "one")], { context, journal, killers });

  expect(results).toMatchObject([{ status: "killed", property: "C2" }]);
  expect(new Set(checked)).toEqual(new Set(["C2"]));
});

test.each([
  ["runtimeError", new HarnessError("it failed", "Try again")],
  ["timeout", new LimitError("it took too long", "Try again")],
])("an error of the harness is a %s", async (status, error) => {
  const release = await makeRelease("SELECT one;");
  const fails = textProperty("C9", [], () => {
    throw error;
  });
  const journal = ResultJournal.open(join(folder, `${status}.jsonl`), "key");
  const results = await testMutants([without(release, "one")], {
    context: makeContext(release, [fails]),
    journal,
  });

  expect(results).toMatchObject([{ status, property: "C9", reason: error.message }]);
});
