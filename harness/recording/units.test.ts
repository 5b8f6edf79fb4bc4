import { expect, test } from "vitest";
import { loadParser } from "../release/parser.ts";
import { execute, fail, type WrittenMessage, writeRecord } from "./testing/hand-written.ts";
import { groupUnits, groupUntilError } from "./units.ts";

/** A line a unit: its kind, its settings, and its statements. */
async function group(
  messages: readonly (string | WrittenMessage)[],
  settings?: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const parser = await loadParser();

  return groupUnits(writeRecord(parser, messages, settings), parser).map((unit) => {
    const texts = unit.statements.map(({ text }) => text.trim()).join("; ");

    return [unit.kind, ...[unit.characteristics ?? []].flat(), ...unit.settings.values(), texts].join(" | ");
  });
}

test("a transaction block is a unit, and so is a message of several statements", async () => {
  expect(
    await group([
      "BEGIN",
      "CREATE TABLE a ()",
      "CREATE TABLE b ()",
      "COMMIT",
      "CREATE TABLE c (); CREATE TABLE d ()",
      "CREATE TABLE e ()",
    ]),
  ).toEqual([
    "block | CREATE TABLE a (); CREATE TABLE b ()",
    "implicit | CREATE TABLE c (); CREATE TABLE d ()",
    "single | CREATE TABLE e ()",
  ]);
});

test("BEGIN and COMMIT within a message divide it", async () => {
  expect(
    await group(["INSERT INTO a VALUES (1); BEGIN; INSERT INTO a VALUES (2); COMMIT; INSERT INTO a VALUES (3)"]),
  ).toEqual(["block | INSERT INTO a VALUES (1); INSERT INTO a VALUES (2)", "single | INSERT INTO a VALUES (3)"]);
});

test("what was rolled back, or failed, is left out", async () => {
  expect(
    await group([
      ...["BEGIN", "CREATE TABLE a ()", "ROLLBACK", "BEGIN", "CREATE TABLE b ()"],
      ...[fail("CREATE TABLE c (x nope)"), "ROLLBACK", fail("CREATE TABLE d (); CREATE TABLE d ()", 1)],
      ...[
        "BEGIN",
        fail("SELECT 1/0"),
        { sql: "COMMIT", results: [{ tag: "ROLLBACK" }] },
        "CREATE TABLE e ()",
        "BEGIN",
        "CREATE TABLE f ()",
      ],
    ]),
  ).toEqual(["single | CREATE TABLE e ()"]);
});

test("what a savepoint undid is left out, and the savepoints are", async () => {
  expect(
    await group([
      ...["BEGIN", "CREATE TABLE a ()", "SAVEPOINT s", "CREATE TABLE b ()", fail("CREATE TABLE c (x nope)")],
      ...["ROLLBACK TO SAVEPOINT s", "CREATE TABLE d ()", "RELEASE SAVEPOINT s", "COMMIT"],
    ]),
  ).toEqual(["block | CREATE TABLE a (); CREATE TABLE d ()"]);
});

test("Executes up to one Sync are one transaction", async () => {
  const inBatch = (sql: string) => ({ ...execute(sql), batch: 7 });
  expect(
    await group([inBatch("CREATE TABLE a ()"), inBatch("CREATE TABLE b ()"), execute("CREATE TABLE c ()")]),
  ).toEqual(["implicit | CREATE TABLE a (); CREATE TABLE b ()", "single | CREATE TABLE c ()"]);
});

test("units of several sessions come in the order of their ends", async () => {
  const second = (sql: string) => ({ sql, session: 2 });
  expect(
    await group(["BEGIN", "CREATE TABLE a ()", second("CREATE TABLE b ()"), "COMMIT", second("CREATE TABLE c ()")]),
  ).toEqual(["single | CREATE TABLE b ()", "block | CREATE TABLE a ()", "single | CREATE TABLE c ()"]);
});

test("a unit has the settings that its session had before it", async () => {
  const settings = { application_name: "tool", search_path: "app", TimeZone: "UTC" };
  expect(
    await group(
      [
        ...["SET client_encoding = 'UTF8'", "SET lock_timeout TO '2s'", "CREATE TABLE a ()"],
        ...["SELECT set_config('search_path', 'other', false)", "SET lock_timeout = 0", "CREATE TABLE b ()"],
        ...[
          "BEGIN ISOLATION LEVEL SERIALIZABLE",
          "SET LOCAL ROLE x",
          "SET ROLE y",
          "COMMIT",
          "RESET ALL",
          "CREATE TABLE c ()",
        ],
      ],
      settings,
    ),
  ).toEqual([
    "single | SET \"search_path\" TO app | SET lock_timeout TO '2s' | CREATE TABLE a ()",
    "single | SELECT set_config('search_path', 'other', false) | CREATE TABLE b ()",
    "block | SET TRANSACTION ISOLATION LEVEL SERIALIZABLE | SELECT set_config('search_path', 'other', false) | SET LOCAL ROLE x; SET ROLE y",
    'single | SET "search_path" TO app | SET ROLE y | CREATE TABLE c ()',
  ]);
});

test("settings alone are no unit, whether they are sent together or in a transaction", async () => {
  const settings = ["SET lock_timeout TO '2s'; SET ROLE y", "BEGIN", "SET ROLE z", "COMMIT"];

  expect(await group([...settings, "CREATE TABLE a ()"])).toEqual([
    "single | SET lock_timeout TO '2s' | SET ROLE z | CREATE TABLE a ()",
  ]);
});

/** The texts of the last unit. */
async function findRejected(messages: readonly (string | WrittenMessage)[]): Promise<readonly string[] | undefined> {
  const parser = await loadParser();
  const units = groupUntilError(
    writeRecord(parser, messages),
    parser,
    ({ relations }) => relations[0]?.name === "lock",
  );

  return units?.at(-1)?.statements.map(({ text }) => text);
}

test("what the server rejected comes last, after the statements of its transaction", async () => {
  const update = fail("UPDATE a SET n = 1");
  expect(await findRejected(["CREATE TABLE a ()", "BEGIN", "CREATE TABLE b ()", update, "ROLLBACK"])).toEqual([
    ...["CREATE TABLE b ()", update.sql],
  ]);
  expect(await findRejected([update, { sql: "UPDATE lock SET n = 0", session: 2 }])).toEqual([update.sql]);
  expect(await findRejected([fail("CREATE TABLE a (); SELECT 1/0; SELECT 2", 1)])).toEqual([
    "CREATE TABLE a ()",
    " SELECT 1/0",
  ]);
});

test("the first error of a transaction is what the server rejected, whatever the tool sends after it", async () => {
  const first = fail("UPDATE a SET n = 1");
  const messages = ["BEGIN", "CREATE TABLE b ()", first, fail("SELECT 2"), "ROLLBACK"];

  expect(await findRejected(messages)).toEqual(["CREATE TABLE b ()", first.sql]);
});

test("where the tool went on after an error, that is not why it failed", async () => {
  expect(await findRejected([fail("SELECT 1/0"), "CREATE TABLE a ()"])).toBeUndefined();
  const saved = [
    "BEGIN",
    "SAVEPOINT s",
    fail("SELECT 1/0"),
    "ROLLBACK TO SAVEPOINT s",
    "CREATE TABLE a ()",
    "ROLLBACK",
  ];
  expect(await findRejected(saved)).toBeUndefined();
  expect(await findRejected(["CREATE TABLE a ()", fail("no SQL at all")])).toBeUndefined();
});
