import { expect, test } from "vitest";
import { loadParser } from "../release/parser.ts";
import { findBookkeeping } from "./bookkeeping.ts";
import { cutMigrations, findJournal } from "./cut-migrations.ts";
import { listPreparation } from "./prepare-tool.ts";
import { writeRecord } from "./testing/hand-written.ts";
import { groupUnits, listSent } from "./units.ts";

/** What the tool wrote for itself before a migration, by its position. */
async function list(messages: readonly string[], idle: readonly string[], index: number): Promise<readonly string[]> {
  const parser = await loadParser();
  const units = groupUnits(writeRecord(parser, messages), parser);
  const bookkeeping = findBookkeeping(units, listSent(writeRecord(parser, idle), parser));
  const options = { bookkeeping, harmless: new Set<string>(), journal: findJournal(units, bookkeeping, new Set()) };
  const { migrations } = cutMigrations([units], "up", options);

  return listPreparation(units, options, migrations[index - 1]).flatMap(({ statements }) =>
    statements.map(({ text }) => text),
  );
}

test("the list has the migrations before, and the lock is as it was at the end", async () => {
  const tables = ["CREATE TABLE list (name text)", "CREATE TABLE lock (held int)"];
  const [held, free] = ["UPDATE lock SET held = 1", "UPDATE lock SET held = 0"];
  const add = (name: string) => `INSERT INTO list (name) VALUES ('${name}')`;
  const run = [
    ...tables,
    "INSERT INTO lock VALUES (0)",
    held,
    "CREATE TABLE a ()",
    add("a"),
    "CREATE TABLE b ()",
    add("b"),
    free,
  ];
  const idle = ["SELECT name FROM list", held, free];
  expect(await list(run, idle, 0)).toEqual([...tables, "INSERT INTO lock VALUES (0)", held, free]);
  expect(await list(run, idle, 1)).toEqual([...tables, "INSERT INTO lock VALUES (0)", held, add("a"), free]);
});

test("a row that a migration begins with is not there before it, and that of the one before is complete", async () => {
  const start = (name: string) => `INSERT INTO list (name) VALUES ('${name}')`;
  const count = (name: string) => `UPDATE list SET steps = 1 WHERE name = '${name}'`;
  const end = (name: string) => `UPDATE list SET finished = now() WHERE name = '${name}'`;
  const table = "CREATE TABLE list (name text, steps int, finished timestamptz)";
  const of = (name: string) => [start(name), `CREATE TABLE ${name} ()`, count(name), end(name)];
  expect(await list([table, ...of("a"), ...of("b")], ["SELECT name FROM list"], 1)).toEqual([
    ...[table, start("a"), count("a"), end("a")],
  ]);
});
