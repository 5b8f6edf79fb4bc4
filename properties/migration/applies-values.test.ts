/** Values that the expressions of a migration fail on are found whatever the chance: each column is tried with them. */
import { expect, test } from "vitest";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import { appliesToAllRows, appliesToOrdinaryRows } from "./applies.property.ts";
import { judgeMigration } from "./testing/judge-migration.ts";

const databases = useDatabases();

const USERS = `CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL, nick text, age int NOT NULL, data jsonb NOT NULL);
CREATE TABLE short (name varchar(60) NOT NULL);
CREATE TABLE days (id int, at date);`;

const rules = [appliesToOrdinaryRows, appliesToAllRows];

test.concurrent.each([
  ["a division", "ALTER TABLE users ADD share int; UPDATE users SET share = 100 / age", /division by zero/],
  ["a remainder", "CREATE INDEX parts ON users ((100 % age))", /division by zero/],
  ["a logarithm", "SELECT ln(age) FROM users", /logarithm of (?:zero|a negative number)/],
  ["a date in a text", "INSERT INTO days (at) SELECT nick::date FROM users", /invalid input syntax for type date/],
  ["a part of a text", "UPDATE users SET nick = substr(email, 1, age)", /negative substring length/],
  ["a regular expression", "DELETE FROM users WHERE email ~ nick", /invalid regular expression/],
  ["a pattern", "UPDATE users SET nick = '' WHERE email LIKE nick", /must not end with escape/],
  ["an array in JSON", "SELECT jsonb_array_elements(data) FROM users", /cannot extract elements from/],
  ["a text that is too long", "INSERT INTO short SELECT email FROM users", /value too long/],
  ["a type that is narrower", "ALTER TABLE users ALTER nick TYPE varchar(20)", /value too long/],
  ["a limit in a CHECK", "ALTER TABLE users ADD CONSTRAINT short CHECK (length(nick) <= 20)", /"short" .*is violated/],
  [
    "a limit in a function",
    `CREATE FUNCTION is_short(text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN length($1) <= 500; END $$;
    ALTER TABLE users ADD CONSTRAINT short CHECK (is_short(nick))`,
    /"short" .*is violated/,
  ],
  ["a NULL that is copied", "INSERT INTO short SELECT left(nick, 60) FROM users", /null value in column "name"/],
  [
    "an id of a row elsewhere",
    "ALTER TABLE users ADD at date; UPDATE users SET at = d.at FROM days d WHERE d.id = users.age; ALTER TABLE users ALTER at SET NOT NULL",
    /column "at" .*contains null values/,
  ],
  [
    "a block",
    "DO $$ DECLARE r record; BEGIN FOR r IN SELECT nick FROM users LOOP PERFORM r.nick::uuid; END LOOP; END $$",
    /for type uuid/,
  ],
  [
    "a function that is called",
    `CREATE FUNCTION convert_days() RETURNS void LANGUAGE plpgsql AS
      $$ DECLARE one record; found date; BEGIN FOR one IN SELECT * FROM users LOOP found := one.email::date; END LOOP; END $$;
    SELECT convert_days()`,
    /for type date/,
  ],
  ["a generated column", "ALTER TABLE users ADD half int GENERATED ALWAYS AS (1 / age) STORED", /division by zero/],
])("%s: %s", async (_, up, message) => {
  const { found } = await judgeMigration(databases, rules, { before: USERS, up }, { transaction: "file" });

  expect(found.map(({ answer, got }) => [answer, got])).toContainEqual(["declare", expect.stringMatching(message)]);
});

test.concurrent.each([
  ["values that are looked after", "UPDATE users SET age = 100 / age WHERE age <> 0"],
  ["values that are compared", "UPDATE users SET nick = lower(email) WHERE age > 1 OR nick = email"],
  ["a part of fixed size", "INSERT INTO short SELECT left(email, 60) FROM users"],
  [
    "a function that is not called",
    "CREATE FUNCTION day() RETURNS date LANGUAGE sql AS 'SELECT max(email::date) FROM users'",
  ],
])("%s: nothing", async (_, up) => {
  const { findings } = await judgeMigration(databases, rules, { before: USERS, up }, { transaction: "file" });

  expect(findings).toEqual([]);
});

test("a statement that fails on ordinary rows is one fault, whichever constraint stops it on others", async () => {
  const before = `CREATE TABLE owners (id int PRIMARY KEY);
    CREATE TABLE cats (id int PRIMARY KEY, owner int REFERENCES owners);
    CREATE TABLE dogs (id int PRIMARY KEY, owner int REFERENCES owners);`;
  const example = { before, up: "DELETE FROM owners" };

  expect((await judgeMigration(databases, rules, example)).findings).toEqual([
    "applies.1 fails-on-rows up.sql, line 1",
  ]);
});
