import { createHash } from "node:crypto";
import { symlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { Session } from "../database/session.ts";
import { apply, firstError } from "../release/apply.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { readHistory } from "./read-history.ts";
import { type Files, readError, readFiles, summarize } from "./testing/read-folder.ts";

const journal = (...tags: readonly string[]) =>
  JSON.stringify({ dialect: "postgresql", entries: tags.map((tag, idx) => ({ idx, when: idx, tag })) });

test.each<[files: Files, error: string | RegExp]>([
  [
    { "readme.md": "" },
    /^\.: looks like the folder of no migration tool => Give the folder .*--layout: atlas, dbmate,/,
  ],
  [
    { "src/a.ts": "", "db/migrations/1_a.up.sql": "", "db/migrations/1_a.down.sql": "" },
    ".: looks like the folder of no migration tool => Give db/migrations, which looks like up and down files as of golang-migrate",
  ],
  [
    { "meta/_journal.json": journal(), "migration_lock.toml": "" },
    ".: looks like Drizzle and like Prisma => Say which it is: --layout drizzle, or --layout prisma",
  ],
  [
    { "1_a.sql": "-- +goose Up\n-- migrate:up" },
    ".: looks like dbmate and like goose => Say which it is: --layout dbmate, or --layout goose",
  ],
  [{ "migration_lock.toml": 'provider = "mysql"' }, /^migration_lock\.toml: these migrations are for mysql => /],
  [{ "migration_lock.toml": "" }, /^\.: holds no migration, read as Prisma => /],
  [
    { "1_a.up.sql": "", "2_b.up.sql": "", "02_c.up.sql": "" },
    /^\.: 02_c\.up\.sql and 2_b\.up\.sql have the same number 2 => Give one of them another number; .*--layout$/,
  ],
  [
    { "1_a.up.sql": "", "2_b.up.sql": "", "4_c.up.sql": "" },
    /^\.: there is no migration with the number 3, between 2_b\.up\.sql and 4_c\.up\.sql => Add the missing file; .*--layout$/,
  ],
  [{ "1_a.down.sql": "" }, "1_a.down.sql: a down without its up => Add the up, or remove the down"],
  [{ "1_a.up.sql": "\nSELECT ,;" }, /^1_a\.up\.sql:2:8: syntax error at or near "," => /],
  [
    { "1_a.sql": "-- +goose Up\n", "1_b.sql": "-- +goose Up\n" },
    /^\.: 1_a\.sql and 1_b\.sql have the same number 1 => /,
  ],
  [{ "1_a.sql": "-- +goose Up\n", "2_b.sql": "SELECT 1" }, /^2_b\.sql: has no line -- \+goose Up => /],
  [{ "1_a.sql": "-- +goose Down\n-- +goose Up\n" }, /^1_a\.sql:1: the down is before the line -- \+goose Up => /],
  [{ "1_a.sql": "-- migrate:up\n" }, /^1_a\.sql: has no line -- migrate:down, which dbmate requires => /],
  [{ "meta/_journal.json": journal("0000_a") }, /^0000_a\.sql: no such file, though meta\/_journal\.json names it => /],
  [
    { "meta/_journal.json": '{"dialect":"sqlite","entries":[]}' },
    /^meta\/_journal\.json: these migrations are for sqlite => /,
  ],
  [
    { "20260101000000_a/migration.sql": "", "20260101000000_a/snapshot.json": '{"dialect":"mysql"}' },
    /^20260101000000_a\/snapshot\.json: these migrations are for mysql => /,
  ],
  [
    { "20260101000000_a/migration.sql": "", "20260101000000_a/snapshot.json": "[]" },
    /^20260101000000_a\/snapshot\.json: not a snapshot of Drizzle => /,
  ],
  [{ "meta/_journal.json": "{}" }, /^meta\/_journal\.json: not a journal of Drizzle => /],
  [{ "atlas.sum": "h1:x\n1.sql h1:y\n" }, /^1\.sql: no such file, though atlas\.sum names it => /],
  [{ "atlas.sum": "h1:x\n", "1.sql": "" }, /^1\.sql: is not in atlas\.sum => Run atlas migrate hash/],
  [{ "sqitch.plan": "a 2024\n" }, /^deploy\/a\.sql: no such file, though sqitch\.plan names it => /],
  [{ "V1__a.sql": "", "V1.0__b.sql": "" }, /^\.: V1\.0__b\.sql and V1__a\.sql have the same version => /],
  [
    { "committed/000001.sql": "--! Previous: sha1:0\n--! Hash: sha1:1\n" },
    /^committed\/000001\.sql: does not follow the migration before it: its Previous is not - => /,
  ],
  [
    { "a.sql": "--liquibase formatted sql\nSELECT 1;\n--changeset a:1" },
    /^a\.sql:2: a statement before the first change set => /,
  ],
  [
    { "a.sql": "--liquibase formatted sql\n--changeset a:1\n--changeset a:1\n" },
    /^\.: the change set a::a:1 is there twice => /,
  ],
  [
    { "a.sql": "--liquibase formatted sql", "c.yaml": "databaseChangeLog:\n- include: { file: lost.sql }" },
    /^lost\.sql: no such file, though c\.yaml includes it => /,
  ],
  [
    { "a.sql": "--liquibase formatted sql", "c.yaml": "databaseChangeLog:\n- changeSet: { id: 1 }" },
    /^c\.yaml: the change set 1 is not formatted SQL => /,
  ],
  [
    { "2024-01-02_a/down.sql": "", "20240101_b/up.sql": "" },
    /^2024-01-02_a\/down\.sql: a down without its up\.sql => /,
  ],
  [
    { ".gmrc": "{ afterReset: [] }", "committed/1.sql": "--! Previous: -\n--! Hash: sha1:1\n" },
    /^\.gmrc: not JSON with comments => /,
  ],
  [{ "1_a.up.sql": "SELECT\u00001" }, /^1_a\.up\.sql:1:7: a NUL character/],
  [{ "1_a.up.sql": Uint8Array.of(0xe9) }, /^1_a\.up\.sql: not UTF-8 text => /],
  [{ "1.undo.a.sql": "", "2.do.a.sql": "" }, /^1\.undo\.a\.sql: undoes a migration that is not there => /],
])("%j", async (files, error) => {
  if (typeof error === "string") expect(await readError(files)).toBe(error);
  else expect(await readError(files)).toMatch(error);
});

test("a layout that is not known is named, with one like it", async () => {
  expect(await readError({}, "", "prizma")).toBe('there is no layout "prizma" => Write --layout prisma');
  expect(await readError({}, "lost")).toBe("lost: no such folder => Give the path of a folder of migrations");
  expect(await readError({ a: "" }, "a")).toBe("a: a file and not a folder => Give the path of a folder of migrations");
});

test("a layout that is named is not recognized by its marks, and its gaps and numbers count", async () => {
  const files = { "1_a.up.sql": "SELECT 1", "3_b.up.sql": "SELECT 2", "3_c.up.sql": "SELECT 3", "3_c.down.sql": "" };

  expect(summarize(await readFiles(files, "", "golang-migrate"))).toEqual([
    "1_a query: 1 SELECT 1 | -",
    "3_b query: 1 SELECT 2 | -",
    "3_c query: 1 SELECT 3 | ",
  ]);
});

test("a numbered file that is neither an up nor a down is named", async () => {
  const files = { "1_a.up.sql": "SELECT 1", "2_b_up.sql": "SELECT 2", "3_c.up.sql": "SELECT 3", "notes.sql": "" };
  const { migrations, notes } = await readFiles(files, "", "golang-migrate");

  expect(migrations.map(({ name }) => name)).toEqual(["1_a", "3_c"]);
  expect(notes).toEqual(["2_b_up.sql is neither NAME.up.sql nor NAME.down.sql, and was left out"]);
});

test("a link to nothing, and one to a folder, is an error", async () => {
  const root = createTemporaryFolder({ ".git/HEAD": "", "m/1_a.up.sql": "" });
  symlinkSync(`${root}/lost`, `${root}/m/2_b.up.sql`);
  await expect(readHistory(`${root}/m`)).rejects.toThrow(/2_b\.up\.sql: no such file, though the folder has an entry/);
  symlinkSync(root, `${root}/lost`);
  await expect(readHistory(`${root}/m`)).rejects.toThrow(/2_b\.up\.sql: a folder and not a file/);
});

test("numbers that are taken from the time have gaps", async () => {
  const { migrations } = await readFiles({ "20240101_a.sql": "", "20240105_b.sql": "", "20240106_c.sql": "" });

  expect(migrations).toHaveLength(3);
});

test.each<[files: Files, note: RegExp]>([
  [{ "meta/_journal.json": journal(), "1_x.sql": "" }, /1_x\.sql is not in the journal and was left out/],
  [{ "atlas.sum": "h1:x\n1.sql h1:y\n", "1.sql": "" }, /1\.sql was changed after atlas\.sum was written/],
  [{ "committed/1.sql": "--! Previous: -\n--! Hash: sha1:1\n\nSELECT 1" }, /1\.sql was changed after it was committed/],
  [{ "1_a.up.sql": "", "2_b.up.go": "", "3_c.up.sql": "" }, /2_b\.up\.go is code and was left out/],
  [{ "V1__a.sql": "", "V2__B.java": "" }, /V2__B\.java is code and was left out/],
  [{ "V1__a.sql": "", "B1__b.sql": "" }, /B1__b\.sql was left out: the versions before it are there/],
])("is noted: %j", async (files, note) => {
  const layout =
    "meta/_journal.json" in files ? { ...files, "meta/_journal.json": journal("0_a"), "0_a.sql": "" } : files;

  expect((await readFiles(layout)).notes.join("\n")).toMatch(note);
});

test("checksums that fit are not noted", async () => {
  const first = createHash("sha1").update("SELECT 1;\n").digest("hex");
  const second = createHash("sha1").update(`sha1:${first}\nSELECT 2;\n`).digest("hex");
  const { notes } = await readFiles({
    "committed/000001.sql": `--! Previous: -\n--! Hash: sha1:${first}\n\nSELECT 1;\n`,
    "committed/000002.sql": `--! Previous: sha1:${first}\n--! Hash: sha1:${second}\n\nSELECT 2;\n`,
  });
  const sum = createHash("sha256").update("1.sqlSELECT 1").digest("base64");
  const atlas = await readFiles({ "atlas.sum": `h1:x\n1.sql h1:${sum}\n`, "1.sql": "SELECT 1" });

  expect([...notes, ...atlas.notes]).toEqual([]);
});

test("a down that PostgreSQL cannot parse is one statement, and PostgreSQL rejects it", async () => {
  const history = await readFiles({ "1_a.up.sql": "SELECT 1", "1_a.down.sql": "\nSELECT 1\nSELECT 2;\n" });

  expect(summarize(history)).toEqual(["1_a query: 1 SELECT 1 | 2 SELECT 1\nSELECT 2"]);
});

test("the tables of the tool are there where migrations name them", async () => {
  const named = await readFiles({ "1_a.up.sql": "GRANT SELECT ON schema_migrations TO PUBLIC" });
  const unnamed = await readFiles({ "1_a.up.sql": "SELECT 1" });

  expect(named.base.map(({ path }) => path)).toEqual(["the table schema_migrations of the tool"]);
  expect(unnamed.base).toEqual([]);
});

test("Supabase's platform is there before the first migration", async () => {
  const { base } = await readFiles(
    { "supabase/config.toml": "", "supabase/migrations/1_a.sql": "SELECT 1" },
    "supabase",
  );

  expect(base.map(({ path }) => path)).toEqual(["supabase-platform.sql"]);
  await using server = await startEmbedded();
  await using session = await Session.open(server.connection("postgres"));
  for (const _ of [1, 2]) expect(firstError(await apply(session, base))).toBeUndefined();
});

test("a folder of several migrations without a single down has none", async () => {
  const files = { "1_a.up.sql": "", "2_b.up.sql": "" };

  expect((await readFiles(files)).hasDowns).toBe(true);
  expect((await readFiles({ ...files, "3_c.up.sql": "" })).hasDowns).toBe(false);
});

test("a placeholder that keeps a file from being parsed gets its value from the environment", async () => {
  const files = { "1_a.up.sql": "GRANT SELECT ON t TO \u0024{PLUMBLINE_TEST_ROLE}" };

  expect(await readError(files)).toMatch(
    /^1_a\.up\.sql: cannot be parsed while the placeholder .* has no value => Set /,
  );
  process.env["PLUMBLINE_TEST_ROLE"] = "app";
  try {
    expect(summarize(await readFiles(files))).toEqual(["1_a query: 1 GRANT SELECT ON t TO app | -"]);
  } finally {
    delete process.env["PLUMBLINE_TEST_ROLE"];
  }
});
