import { expect, test } from "vitest";
import type { Violation } from "../../harness/property/verdict.ts";
import { makeStep } from "../../harness/testing/example-release.ts";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import { declarationsApply } from "./declarations.property.ts";
import { keepsAttributes, keepsCells, keepsRows } from "./keeps.property.ts";
import { sequencesFollow } from "./sequences.property.ts";
import { openContext } from "./world.ts";

const databases = useDatabases();

/** The violations of a few rules, each as `keeps.1 row-vanished public.t`. */
async function judge(before: string, up: string): Promise<readonly string[]> {
  const lists = { baseline: [await makeStep("before.sql", before)], migrate: [await makeStep("up.sql", up)] };
  const world = openContext({ release: { name: "example", folder: "/", lists, knownFailures: [] }, databases });
  try {
    const violations: string[] = [];
    for (const { id, holds } of [keepsRows, keepsCells, keepsAttributes, sequencesFollow, declarationsApply]) {
      const found = ((await holds({}, world)) ?? []) as readonly Violation[];
      violations.push(...found.map(({ kind }) => `${id} ${kind}`));
    }

    return violations;
  } finally {
    await world.close();
  }
}

const LINKED = `CREATE TABLE notes (id serial PRIMARY KEY, body text, version int NOT NULL DEFAULT 1);
CREATE TABLE links (id int PRIMARY KEY, note int NOT NULL REFERENCES notes ON DELETE CASCADE);
CREATE TABLE tags (id int PRIMARY KEY, note int NOT NULL REFERENCES notes ON DELETE CASCADE);`;

test("what is declared is no violation, and nothing else is covered", async () => {
  const declared = "-- plumbline: deletes links because they lead nowhere\nDELETE FROM notes;";

  expect(await judge(LINKED, declared)).toEqual(["keeps.1 row-vanished public.tags"]);
  expect(await judge(LINKED, `${declared} -- plumbline: allow keeps.1 public.tags because so do they`)).toEqual([]);
});

test("a declaration that no longer applies is a violation", async () => {
  expect(await judge(LINKED, "-- plumbline: deletes links because of old times\nDELETE FROM tags;")).toEqual([
    "declarations.1 stale up.sql, line 1",
  ]);
});

test("an assumption that cannot be needed says so", async () => {
  const up = "-- plumbline: assume notes: bodi IS NOT NULL\nALTER TABLE notes ADD COLUMN label text;";
  const lists = { baseline: [await makeStep("before.sql", LINKED)], migrate: [await makeStep("up.sql", up)] };
  const world = openContext({ release: { name: "example", folder: "/", lists, knownFailures: [] }, databases });
  const found = await declarationsApply.holds({}, world);
  await world.close();

  expect(found).toMatchObject([
    {
      got: expect.stringMatching(
        /^up refuses no rows that break it, or the table has no such columns: -- plumbline: assume/,
      ),
    },
  ]);
});

test("what must not be declared stays a violation, and declaring it is one", async () => {
  const up = `-- plumbline: allow sequences.1 because it is only a copy
CREATE TABLE copies (id serial PRIMARY KEY); INSERT INTO copies (id) SELECT id FROM notes;`;

  expect(await judge(LINKED, up)).toEqual([
    "sequences.1 sequence-behind public.copies.id",
    "declarations.1 forbidden up.sql, line 1",
  ]);
});
