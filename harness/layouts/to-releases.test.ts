import { expect, test } from "vitest";
import type { Migration } from "./layout.ts";
import { readFiles } from "./testing/read-folder.ts";
import { type MigrationSelection, selectMigrations, toReleases } from "./to-releases.ts";

const files = {
  "V1__a.sql": "SELECT 1",
  "U1__a.sql": "SELECT -1",
  "V2__b c.sql": "SELECT 2",
  "V3__b_c.sql": "SELECT 3",
  "R__view.sql": "SELECT 4",
};

async function select(selection: MigrationSelection): Promise<readonly string[]> {
  const history = await readFiles(files);

  return selectMigrations(history, selection).map((index) => history.migrations[index]?.name ?? "");
}

test("the newest is selected unless others are asked for", async () => {
  expect(await select({})).toEqual(["V3__b_c"]);
  expect(await select({ last: 2 })).toEqual(["V2__b c", "V3__b_c"]);
  expect(await select({ last: 9 })).toHaveLength(3);
  expect(await select({ all: true })).toEqual(["V1__a", "V2__b c", "V3__b_c", "R__view"]);
  expect(await select({ name: "V1__a" })).toEqual(["V1__a"]);
  expect(await select({ name: "V9" })).toEqual([]);
});

test("those that changed are selected by their files, of each direction", async () => {
  const history = await readFiles(files);
  const changed = new Set(["U1__a.sql", "R__view.sql", "README.md"].map((file) => `${history.folder}/${file}`));

  expect(selectMigrations(history, { changed }).map((index) => history.migrations[index]?.name)).toEqual([
    "V1__a",
    "R__view",
  ]);
});

test("the baseline of a migration is all before it, in steps that all releases share", async () => {
  const history = await readFiles(files);
  const releases = toReleases(history, selectMigrations(history, { all: true }));

  expect(releases.map(({ name }) => name)).toEqual(["V1__a", "V2__b-c", "V3__b_c", "R__view"]);
  expect(releases.map(({ lists }) => lists.baseline.map(({ path }) => path))).toEqual([
    [],
    ["V1__a.sql"],
    ["V1__a.sql", "V2__b c.sql"],
    ["V1__a.sql", "V2__b c.sql", "V3__b_c.sql"],
  ]);
  expect(releases[2]?.lists.baseline[0]).toBe(releases[0]?.lists.migrate[0]);
  expect(releases.map(({ lists }) => lists["rollback.down"]?.map(({ path }) => path))).toEqual([
    ["U1__a.sql"],
    undefined,
    undefined,
    undefined,
  ]);
  expect(releases[3]?.origin).toMatchObject({ layout: "Flyway", index: 3, repeatable: true });
});

test("a down is missing where those before it have one", async () => {
  const [up, down] = ["-- +goose Up\nSELECT 1;\n", "-- +goose Down\nSELECT -1;\n"];
  const names = Array.from({ length: 24 }, (_, index) => `${String(index + 1).padStart(5, "0")}_a.sql`);
  const history = await readFiles(
    Object.fromEntries(names.map((name, index) => [name, index === 0 || (index >= 12 && index < 23) ? up + down : up])),
  );
  const releases = toReleases(history, [...names.keys()]);

  expect(releases.flatMap(({ origin }) => (origin?.hasDowns ? [origin.index] : []))).toEqual([
    0, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
  ]);
  expect(releases[5]?.origin?.notes?.at(-1)).toMatch(/have no downs/);
});

test("where there are no downs, a note says why", async () => {
  const history = await readFiles({ "V1__a.sql": "SELECT 1" });
  const notesOf = (one: typeof history) => toReleases(one, [0])[0]?.origin?.notes;

  expect(notesOf(history)).toEqual(["it keeps no downs: nothing is known of the way back"]);
  expect(notesOf({ ...history, noDowns: "none was written" })).toEqual([
    "none was written: nothing is known of the way back",
  ]);
});

test("names are fit for files, and unique", async () => {
  const history = await readFiles({ "a.sql": "--liquibase formatted sql\n--changeset a:b c\n--changeset a:b/\n" });

  expect(toReleases(history, [0, 1]).map(({ name }) => name)).toEqual(["a-a-b", "a-a-b-2"]);
});

test("only what is selected is parsed ahead", async () => {
  const history = await readFiles({ "1_a.up.sql": "SELECT ,", "2_b.up.sql": "SELECT 2" });
  const [newest] = toReleases(history, [1]);

  expect(newest?.lists.migrate.map(({ statements }) => statements.length)).toEqual([1]);
  expect(() => toReleases(history, [0])).toThrow(/1_a\.up\.sql:1:8: syntax error/);
  expect(() => newest?.lists.baseline.map(({ statements }) => statements)).toThrow(/1_a\.up\.sql:1:8: syntax error/);
});

test("a migration whose code reads rows is a release on each set of rows, without a down that does so", async () => {
  const history = await readFiles({ "V1__a.sql": "SELECT 1", "U1__a.sql": "SELECT -1" });
  const [first] = history.migrations;
  const [step] = first?.up ?? [];
  if (first === undefined || step === undefined) throw new Error("there is a migration");
  const reading = { ...first, readsRows: ["a", "b"] };
  const release = (migration: Migration) => toReleases({ ...history, migrations: [migration] }, [0]);
  const reads = "the code of V1__a reads rows of a, b, and may do something else on other rows";
  expect(release(reading)).toMatchObject([
    {
      name: "V1__a",
      origin: {
        ownRowsOnly: true,
        unknownRows: reads,
        notes: [`${reads}: its tool was run on none, and what it does on them is unknown`],
      },
    },
  ]);
  const rows = { ...step, path: "rows" };
  const [without, along] = release({ ...reading, variants: [{ title: "odd rows", rows, up: [step, step] }] });
  expect(without?.origin).toMatchObject({ ownRowsOnly: true });
  expect(without?.origin?.unknownRows).toBeUndefined();
  expect(along).toMatchObject({
    name: "V1__a-on-odd-rows",
    lists: { baseline: [rows], migrate: [step, step], "rollback.down": first.down },
  });
  const [unknown] = release({ ...first, downReadsRows: ["c"] });
  expect(unknown?.lists["rollback.down"]).toBeUndefined();
  expect(unknown?.origin?.unknownDown).toBe(
    "the down of V1__a reads rows of c, and may do something else on other rows",
  );
});
