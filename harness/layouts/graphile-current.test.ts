/** How the draft of graphile-migrate is read. */
import { expect, test } from "vitest";
import { type Files, readError, readFiles, summarize } from "./testing/read-folder.ts";
import { selectMigrations } from "./to-releases.ts";

const COMMITTED: Files = { "migrations/committed/000001.sql": "--! Previous: -\n--! Hash: sha1:1\n\nSELECT 1" };

test.each<[string, Files, readonly string[]]>([
  ["nothing", {}, []],
  ["an empty file", { "migrations/current.sql": "" }, []],
  ["a comment", { "migrations/current.sql": "-- Enter migration here\n/* so */\n" }, []],
  ["a file", { "migrations/current.sql": "SELECT 2" }, ["current file repeatable: 1 SELECT 2 | -"]],
  [
    "a file without a transaction",
    { "migrations/current.sql": "--! Message: x\n--! no-transaction\nSELECT 2" },
    ["current query repeatable: 3 SELECT 2 | -"],
  ],
  [
    "a folder",
    {
      "migrations/current/10-c.sql": "SELECT 4",
      "migrations/current/2-b.sql": "SELECT 3",
      "migrations/current/1.sql": "--",
      "migrations/current/x.md": "",
    },
    ["current run repeatable: 1 SELECT 3; 1 SELECT 4 | -"],
  ],
  [
    "what it includes",
    {
      "migrations/current.sql": "SELECT 2;\n--! include f/a.sql\nSELECT 5;",
      "migrations/fixtures/f/a.sql": "SELECT 3;\n--!include b.sql\n",
      "migrations/fixtures/b.sql": "\nSELECT 4;",
    },
    ["current file repeatable: 1 SELECT 2; 3 SELECT 3; 5 SELECT 4; 8 SELECT 5 | -"],
  ],
])("a draft is the newest migration while it holds statements: %s", async (_, files, expected) => {
  const history = await readFiles({ ...COMMITTED, ...files });

  expect(summarize(history).slice(1)).toEqual(expected);
  expect(selectMigrations(history, {})).toEqual([expected.length]);
});

test("a draft is there before anything is committed", async () => {
  const history = await readFiles({ ".gmrc": "{}", "current.sql": "SELECT 1" });

  expect(summarize(history)).toEqual(["current file repeatable: 1 SELECT 1 | -"]);
});

test("a change of what a draft includes is one of the draft", async () => {
  const files = { "migrations/current.sql": "--!include a.sql", "migrations/fixtures/a.sql": "SELECT 2" };
  const history = await readFiles({ ...COMMITTED, ...files });
  const changed = new Set([`${history.folder}/migrations/fixtures/a.sql`]);

  expect(selectMigrations(history, { changed })).toEqual([1]);
  expect(history.notes.at(-1)).toBe("current includes migrations/fixtures/a.sql: its lines are counted with theirs");
});

test.each<[string, Files, string]>([
  [
    "two drafts",
    { "migrations/current.sql": "SELECT 1", "migrations/current/1.sql": "SELECT 1" },
    "migrations/current.sql: there is a folder current beside it => Keep one of them: graphile-migrate accepts no others",
  ],
  [
    "two files of one number",
    { "migrations/current/1.sql": "SELECT 1", "migrations/current/01-a.sql": "SELECT 1" },
    "migrations/current/1.sql: has the number of migrations/current/01-a.sql => Name it such as 001.sql or 002-name.sql, with a number of its own",
  ],
  [
    "a file without a number",
    { "migrations/current/a.sql": "SELECT 1" },
    "migrations/current/a.sql: its name begins with no number => Name it such as 001.sql or 002-name.sql, with a number of its own",
  ],
  [
    "a part without a transaction",
    { "migrations/current/1.sql": "--! no-transaction\nSELECT 1" },
    "migrations/current/1.sql: a file of current/ cannot have --! no-transaction => Write the migration to current.sql instead",
  ],
  [
    "a file that is missing",
    { "migrations/current.sql": "--!include a.sql", "migrations/fixtures/b.sql": "" },
    "migrations/fixtures/a.sql: no such file, though migrations/current.sql names it => Put the file there, or correct what names it",
  ],
  [
    "a file outside",
    { "migrations/current.sql": "--!include ../a.sql" },
    "migrations/current.sql: --!include ../a.sql: is outside of fixtures/ => Name another file of fixtures/",
  ],
  [
    "a circle",
    { "migrations/current.sql": "--!include a.sql", "migrations/fixtures/a.sql": "--!include a.sql" },
    "migrations/fixtures/a.sql: --!include a.sql: includes itself => Name another file of fixtures/",
  ],
  [
    "no SQL",
    { "migrations/current.sql": "no SQL" },
    'migrations/current.sql:1:1: syntax error at or near "no" => Fix the statement, so that PostgreSQL can parse it',
  ],
])("a draft that cannot be read is an error: %s", async (_, files, message) => {
  expect(await readError({ ...COMMITTED, ...files })).toBe(message);
});
