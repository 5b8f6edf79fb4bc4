/** Which rows decide is said where odd rows were to decide and could not. */
import { expect, test } from "vitest";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import { keepsRows } from "./keeps.property.ts";
import { judgeMigration } from "./testing/judge-migration.ts";

const databases = useDatabases();

const USERS = `CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE posts (id int PRIMARY KEY, author int NOT NULL REFERENCES users ON DELETE CASCADE);`;

const onlyFor = (rows: string): string =>
  `DO $$ BEGIN IF (SELECT count(*) FROM users) NOT IN (${rows}) THEN RAISE 'other rows'; END IF; END $$; DELETE FROM users;`;

test.each([
  ["no row", "0", ["up refuses all rows that were tried, so that other rules are decided on no rows"]],
  ["ordinary rows", "0, 3", ["up refuses odd rows that were tried, so that other rules are decided on ordinary rows"]],
  ["all rows", "SELECT generate_series(0, 99)", []],
])("up accepts %s", async (_, rows, notes) => {
  const { found, texts } = await judgeMigration(databases, [keepsRows], { before: USERS, up: onlyFor(rows) });

  expect(texts.filter((text) => text.startsWith("up refuses"))).toEqual(notes);
  expect(found.map(({ subject }) => subject)).toEqual(rows === "0" ? [] : ["public.posts"]);
});
