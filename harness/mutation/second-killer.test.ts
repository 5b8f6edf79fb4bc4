/**
 * Whether a mutant is noticed by one property alone. The properties here look at the text of the release: no server is
 * asked.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constant } from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { Pool } from "../database/pool.ts";
import { HarnessError } from "../errors.ts";
import { type Property, property } from "../property/property.ts";
import type { TestContext } from "../property/test-context.ts";
import type { Release } from "../release/release.ts";
import type { TestResources } from "../suite/test-resources.ts";
import { makeRelease } from "../testing/example-release.ts";
import type { Mutant } from "./mutant.ts";
import { Profile } from "./profile.ts";
import { Kept } from "./result-journal.ts";
import type { Court } from "./test-mutant.ts";
import { tryMutants } from "./test-mutants.ts";

interface TextWorld extends TestContext {
  readonly text: string;
}

const folder = mkdtempSync(join(tmpdir(), "plumbline-alone-"));
/** Whom was asked, in their order. */
const asked: string[] = [];

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Notices where one of the words is missing. */
function guardOf(id: string, ...words: readonly string[]): Property<TextWorld> {
  return property<Record<string, never>, TextWorld>(id, `has ${words.join(" and ")}`, {
    given: { nothing: constant(0) } as never,
    async holds(_, { text }) {
      asked.push(id);
      const missing = words.find((word) => !text.includes(word));

      return missing === undefined ? undefined : { expected: missing, got: text, script: [] };
    },
  });
}

/** Comes to grief over every mutant. */
const clumsy = property<Record<string, never>, TextWorld>("C9", "comes to grief", {
  given: { nothing: constant(0) } as never,
  async holds() {
    throw new HarnessError("it came to grief", "Try again");
  },
});

function courtOf(release: Release, properties: readonly Property<TextWorld>[]): Court {
  return {
    release,
    catalog: new Map(),
    witnesses: properties.map((one) => ({
      property: one as unknown as Property<never>,
      reads: new Set(["migrate"]),
    })),
    openContext: ({ release: { migrate } }: TestResources): TextWorld => ({
      text: migrate.map(({ source }) => source).join(""),
      catalog: async () => new Map([["changed", {} as never]]),
      endCase: async () => undefined,
      close: async () => undefined,
    }),
    databases: { demandServer: async () => undefined } as unknown as Pool,
    seed: 1,
    profile: new Profile(),
  };
}

/** The mutant in which this word of the step is another one. */
function without(release: Release, word: string): Mutant {
  const start = release.migrate[0]?.source.indexOf(word) ?? -1;

  return {
    ...{ id: word, operator: "by-hand", family: "expression", step: "1.sql", list: "migrate", statement: 0 },
    ...{ line: 1, column: 1, original: word, replacement: "nil", description: "by hand" },
    edits: [{ start, end: start + word.length, text: "nil" }],
  };
}

test("a mutant is known as noticed by one property alone, or by two", async () => {
  const release = await makeRelease("SELECT one, two, three;");
  const court = courtOf(release, [guardOf("C1", "one"), guardOf("C2", "one", "two"), guardOf("C3")]);
  const file = join(folder, "known.jsonl");
  const run = async (alone: boolean) => {
    asked.length = 0;
    const mutants = ["one", "two", "three"].map((word) => without(release, word));
    const kept = Kept.open(file, "key");
    const tried = await tryMutants({
      mutants,
      court,
      equivalents: new Map(),
      kept,
      alone,
      onTried: () => undefined,
    });

    return tried.map(({ fate }) => fate);
  };

  expect((await run(false)).map((fate) => "second" in fate)).toEqual([false, false, false]);
  const whole = await run(true);
  expect(whole).toMatchObject([
    { status: "killed", by: "C1", second: { by: "C2" } },
    { status: "killed", by: "C2", second: {} },
    { status: "survived" },
  ]);
  // The first of each is not asked again, and the survivor is put to nobody.
  expect(new Set(asked)).toEqual(new Set(["C2", "C1", "C3"]));
  expect(asked.filter((id) => id === "C2")).toHaveLength(1);
  // What is known is used by either sort of run.
  expect([await run(false), asked.length, await run(true), asked.length]).toEqual([whole, 0, whole, 0]);
});

test("whoever comes to grief says nothing, and the rest are asked all the same", async () => {
  const release = await makeRelease("SELECT one;");
  const tried = await tryMutants({
    mutants: [without(release, "one")],
    court: courtOf(release, [guardOf("C1", "one"), clumsy, guardOf("K1", "one")]),
    equivalents: new Map(),
    kept: Kept.open(join(folder, "clumsy.jsonl"), "key"),
    alone: true,
    onTried: () => undefined,
  });

  expect(tried[0]?.fate).toMatchObject({ status: "killed", by: "C1", second: { by: "K1" } });
});
