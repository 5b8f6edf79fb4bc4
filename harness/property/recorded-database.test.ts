import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Database } from "../database/database-provider.ts";
import { Databases } from "../database/databases.ts";
import type { Server } from "../database/server.ts";
import { Inconclusive } from "../errors.ts";
import type { Step } from "../release/release.ts";
import type { ScriptPart } from "../release/script-part.ts";
import { toScriptPart } from "../release/script-part.ts";
import { splitStatements } from "../release/split-statements.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { RecordedDatabase } from "./recorded-database.ts";

const BASELINE = "CREATE TABLE marks (mark integer PRIMARY KEY);";

let server: Server;
let databases: Databases;
let database: Database;
let recorded: RecordedDatabase;

beforeAll(async () => {
  server = await startEmbedded();
  databases = new Databases(server);
});
afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  const build = async (session: { query(sql: string): Promise<unknown> }): Promise<void> => {
    await session.query(BASELINE);
  };
  database = await databases.clone({ parts: [BASELINE], build });
  recorded = await RecordedDatabase.open(database, [toScriptPart(await step("baseline.sql", BASELINE))]);
});
afterEach(async () => await database[Symbol.asyncDispose]());

async function step(path: string, source: string): Promise<Step> {
  return { path, file: `/${path}`, source, statements: await splitStatements(source) };
}

/** Everything that a script can have made of its database. */
async function stateOf(one: RecordedDatabase): Promise<unknown> {
  return { catalog: await one.catalog(), marks: await one.rows("public.marks", { key: ["mark"] }) };
}

/** The state of an empty database after the script, its statements sent one by one as psql does. */
async function replayed(script: readonly ScriptPart[]): Promise<unknown> {
  await using empty = await databases.clone({ parts: [], build: async () => undefined });
  const other = await RecordedDatabase.open(empty, []);
  for (const { kind, text } of await splitStatements(script.map(({ sql }) => sql).join("\n\n"))) {
    if (kind === "sql") {
      await other.session.tryExecute(text);
    }
  }

  return await stateOf(other);
}

const show = { expected: "one mark", got: "none", show: "SELECT count(*) FROM marks" };

describe("the script of a violation", () => {
  test("leads an empty database to the same state, failed statements included", async () => {
    const columns = await step(
      "1.sql",
      "\\timing on\nALTER TABLE marks ADD COLUMN note text DEFAULT 'a;b';\nSELECT 1 / 0;\nALTER TABLE marks ADD again integer",
    );
    await recorded.prepare("marks", "INSERT INTO marks SELECT generate_series(1, 3)");
    await recorded.apply([columns]);
    await recorded.attempt("one that is there already", "INSERT INTO marks VALUES (3)");
    await recorded.attempt("another", "UPDATE marks SET note = E'it''s -- no comment' WHERE mark = 2; ");
    const { script } = recorded.violation(show);

    expect(await replayed(script)).toEqual(await stateOf(recorded));
    expect(script.map(({ title, isFromRelease = false }) => [title, isFromRelease])).toEqual([
      ["baseline.sql", true],
      ["marks", false],
      ["1.sql", true],
      ["one that is there already", false],
      ["another", false],
      ["reproduces the violation", false],
    ]);
  });

  test("has no more of a step than was applied", async () => {
    const whole = await step("1.sql", "CREATE TABLE a ();\n\\d a\nCREATE TABLE b ();\nCREATE TABLE c ();");
    await recorded.applyFirst(whole, whole.statements.slice(0, 3));
    const { script } = recorded.violation(show);

    expect(await replayed(script)).toEqual(await stateOf(recorded));
    expect(script.at(1)).toEqual({
      title: "1.sql, the first 3 of 4 statements",
      sql: "CREATE TABLE a ();\n\\d a\nCREATE TABLE b ();",
      isFromRelease: true,
    });
  });

  test("undoes what a step, or a part of one, left open", async () => {
    const open = await step("1.sql", "BEGIN;\nCREATE TABLE undone ();\nCREATE TABLE gone ()");
    await recorded.applyFirst(open, open.statements.slice(0, 2));
    await recorded.apply([await step("2.sql", "CREATE TABLE kept ();")]);
    await recorded.apply([await step("3.sql", "CREATE TABLE kept_too ();\nBEGIN;\nCREATE TABLE undone ();")]);
    await recorded.attempt("the last", "INSERT INTO marks VALUES (1)");

    expect(await replayed(recorded.violation(show).script)).toEqual(await stateOf(recorded));
  });

  test("a step that is applied whole stands in it as in its file, comments and all", async () => {
    const whole = await step("1.sql", "-- Why.\nCREATE TABLE a (); -- how");
    await recorded.applyFirst(whole, whole.statements);

    expect(recorded.violation(show).script.at(1)).toEqual({
      title: "1.sql",
      sql: whole.source,
      isFromRelease: true,
    });
  });

  test("what is only asked for leaves no trace, and a violation none in the next", async () => {
    await recorded.query("SELECT 1");
    await recorded.catalog();
    const first = recorded.violation(show);

    expect(recorded.violation(show)).toEqual(first);
    expect(first.script.map(({ title }) => title)).toEqual(["baseline.sql", "reproduces the violation"]);
    expect(first).toMatchObject({ expected: "one mark", got: "none" });
  });
});

describe("what is rejected", () => {
  test("a step that was refused is a violation that the statement itself shows", async () => {
    const applied = await recorded.apply([await step("1.sql", "SELECT 1;\nSELECT 1 / 0;\nSELECT nothing")]);
    const violation = recorded.findError(applied, "it runs", "Fix it");

    expect(violation).toMatchObject({
      expected: "it runs",
      got: "1.sql, line 2: ERROR: division by zero (SQLSTATE 22012)",
      hint: "Fix it",
    });
    expect(violation?.script.at(-1)?.sql).toBe("SELECT 1 / 0;");
    expect(violation?.script.at(-2)?.sql).toBe("SELECT 1;");
    expect(recorded.findError(applied.slice(0, 1), "it runs")).toBeUndefined();
  });

  test("the script ends where it happened, whatever was done since", async () => {
    const applied = await recorded.apply([
      await step("1.sql", "CREATE TABLE a ();"),
      await step("2.sql", "CREATE TABLE b ();\nCREATE TABLE a ();\nCREATE TABLE c ();"),
    ]);
    await recorded.attempt("later", "DROP TABLE b");
    const script = recorded.findError(applied, "it runs")?.script ?? [];

    expect(script.map(({ sql }) => sql).join("\n")).toBe(
      [BASELINE, "CREATE TABLE a ();", "CREATE TABLE b ();", "CREATE TABLE a ();"].join("\n"),
    );
  });

  test("steps whose notices show a violation stand at the end, and only once", async () => {
    const loud = await step("2.sql", "DO $$BEGIN RAISE NOTICE 'loud'; END$$;");
    await recorded.apply([await step("1.sql", "CREATE TABLE a ();"), loud]);
    const { script } = recorded.violation({ ...show, show: [loud] });

    expect(script.map(({ sql }) => sql)).toEqual([BASELINE, "CREATE TABLE a ();", loud.source]);
    expect(await replayed(script)).toEqual(await stateOf(recorded));
  });

  test("a case whose preparation is rejected cannot be decided", async () => {
    const thrown: unknown = await recorded
      .prepare("two marks", "INSERT INTO marks VALUES (1), (1)")
      .catch((error: unknown) => error);

    expect(thrown).toBeInstanceOf(Inconclusive);
    expect(String(thrown)).toMatch(/two marks cannot be made: duplicate key .*in: INSERT INTO marks VALUES/);
  });
});
