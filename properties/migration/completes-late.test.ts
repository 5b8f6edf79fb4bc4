/** What `completes.5` finds in small migrations that leave out late rows, and in sound ones. */
import { expect, test } from "vitest";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import { treatsLateRows } from "./completes-late.property.ts";
import { judgeMigration } from "./testing/judge-migration.ts";

const databases = useDatabases();

const USERS = `CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, role text NOT NULL DEFAULT 'x', n int NOT NULL);
CREATE TABLE posts (id int PRIMARY KEY, author int NOT NULL REFERENCES users, twice int GENERATED ALWAYS AS (id / 2) STORED);
CREATE TABLE kept (id int PRIMARY KEY, label text NOT NULL);
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'kept'; END $$;
CREATE TRIGGER keep BEFORE DELETE ON kept FOR EACH ROW EXECUTE FUNCTION keep();
CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.email_key := lower(NEW.email); RETURN NEW; END $$;
CREATE FUNCTION count_post() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN UPDATE users SET posts = posts + 1 WHERE id = NEW.author; RETURN NEW; END $$;`;
const ADD = "ALTER TABLE users ADD email_key text;";
const FILL = "UPDATE users SET email_key = lower(email);";
const FOLLOW = "CREATE TRIGGER follow BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION follow();";
const COUNT = `ALTER TABLE users ADD posts int NOT NULL DEFAULT 0;
CREATE TRIGGER count_post AFTER INSERT ON posts FOR EACH ROW EXECUTE FUNCTION count_post();`;
const RECOUNT = "UPDATE users SET posts = (SELECT count(*) FROM posts WHERE author = users.id);";
const OWN_FOLLOW = `CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.email_key := lower(NEW.email); RETURN NEW; END $$;
CREATE TRIGGER own BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION own();`;
const RECORD = `CREATE FUNCTION record() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO settings VALUES (NEW.id, 'new'); RETURN NEW; END $$;
CREATE TRIGGER record AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION record(); UPDATE posts SET id = id;`;
const SETTINGS = "CREATE TABLE settings (author int PRIMARY KEY REFERENCES users, theme text);";
const COPY = "INSERT INTO settings SELECT id, 'dark' FROM users;";

test.each([
  ["a column that is filled", `${ADD} ${FILL}`, ["public.users.email_key"]],
  [
    "a default that an expression replaces",
    "ALTER TABLE users ADD c int DEFAULT 0; UPDATE users SET c = n * 3 + 1;",
    ["public.users.c"],
  ],
  ["a column that is normalized", "UPDATE users SET email = 'm:' || email;", ["public.users.email"]],
  ["a column that is converted", "ALTER TABLE users ALTER n TYPE bigint USING n::bigint * 100;", ["public.users.n"]],
  ["a row of another table", `${SETTINGS} ${COPY}`, ["public.settings"]],
  ["a count", `ALTER TABLE users ADD posts int NOT NULL DEFAULT 0; ${RECOUNT}`, ["public.users.posts"]],
  ["a block", `${ADD} DO $$ BEGIN ${FILL} END $$;`, ["public.users.email_key"]],
  [
    "a constant in some rows",
    "ALTER TABLE users ADD c bool DEFAULT false; UPDATE users SET c = true WHERE id <> (SELECT min(id) FROM users);",
    ["public.users.c"],
  ],
  [
    "an expression that is the same for all",
    "ALTER TABLE users ADD c int DEFAULT 0; UPDATE users SET c = n - n + 1;",
    ["public.users.c"],
  ],
  ["rows that cannot be deleted", "UPDATE kept SET label = 'm:' || label;", ["public.kept.label"]],
  [
    "what a trigger fills",
    `${ADD} ${OWN_FOLLOW.replace("INSERT", "UPDATE")} UPDATE users SET email = email;`,
    ["public.users.email_key"],
  ],
  ["a trigger for new rows", `${ADD} ${OWN_FOLLOW} UPDATE posts SET id = id;`, []],
  ["a trigger that records new rows", `${SETTINGS} ${RECORD}`, []],
  ["random values", "ALTER TABLE users ADD c float8 DEFAULT random(); UPDATE users SET c = random();", []],
  ["a column that is not filled", "ALTER TABLE users ADD c text; UPDATE posts SET id = id;", []],
  ["a default", "ALTER TABLE users ADD c text DEFAULT 'a'; UPDATE users SET c = 'a' WHERE c IS NULL;", []],
  [
    "a default for new rows only",
    "ALTER TABLE users ADD c bool NOT NULL DEFAULT false; UPDATE users SET c = true;",
    [],
  ],
  [
    "a default that comes later",
    "ALTER TABLE users ADD c timestamptz; ALTER TABLE users ALTER c SET DEFAULT now(); UPDATE posts SET id = id;",
    [],
  ],
  ["another type", "ALTER TABLE users ALTER n TYPE bigint;", []],
  ["a trigger", `${ADD} ${FOLLOW} ${FILL}`, []],
  ["a trigger that counts", `${COUNT} ${RECOUNT}`, []],
  [
    "a column that is computed",
    "ALTER TABLE users ADD c text GENERATED ALWAYS AS (lower(email)) STORED; UPDATE posts SET id = id;",
    [],
  ],
  ["rows that are deleted", "DELETE FROM posts; DELETE FROM users;", []],
  ["a copy of a moment", "CREATE TABLE users_before AS SELECT * FROM users; UPDATE posts SET id = id;", []],
  ["what the old version cannot insert", `${ADD} ${FILL} ALTER TABLE users ALTER email_key SET NOT NULL;`, []],
  ["the time", "ALTER TABLE users ADD at timestamptz DEFAULT now(); UPDATE users SET at = clock_timestamp();", []],
])("a late row is noted where up leaves it out: %s", async (_, up, subjects) => {
  const { findings, notes } = await judgeMigration(
    databases,
    [treatsLateRows],
    { before: USERS, up },
    { transaction: "file" },
  );

  expect(findings).toEqual([]);
  expect(notes).toEqual(subjects.map((subject) => `completes.5 ${subject}`));
});

test.each([
  ["a trigger after the rows", `${ADD} ${FILL} ${FOLLOW}`, ["late-value-left public.users.email_key"], []],
  ["a trigger before the rows", `${ADD} ${FOLLOW} ${FILL}`, [], []],
  [
    "a trigger after a count",
    `ALTER TABLE users ADD posts int NOT NULL DEFAULT 0; ${RECOUNT} ${COUNT.split("\n")[1]}`,
    ["late-value-left public.users.posts"],
    [],
  ],
  ["neither", `${ADD} ${FILL} CREATE INDEX CONCURRENTLY ON users (email_key);`, [], ["public.users.email_key"]],
  [
    "a default after the rows",
    "ALTER TABLE users ADD c text; UPDATE users SET c = 'a'; ALTER TABLE users ALTER c SET DEFAULT 'a';",
    ["late-value-left public.users.c"],
    [],
  ],
  [
    "a default with the column",
    "ALTER TABLE users ADD c text DEFAULT 'a'; UPDATE users SET c = 'a' WHERE c IS NULL; CREATE INDEX CONCURRENTLY ON users (c);",
    [],
    [],
  ],
  [
    "a constraint after the rows",
    `${ADD} ${FILL} ALTER TABLE users ALTER email_key SET NOT NULL;`,
    [],
    ["up.sql, line 1"],
  ],
  ["a second pass", `${ADD} ${FILL} ${FOLLOW} ${FILL.replace(";", " WHERE email_key IS NULL;")}`, [], []],
])("a file that is not one transaction: %s", async (_, up, found, notes) => {
  const release = { transaction: "statement" as const, stopsAtError: true };
  const judged = await judgeMigration(databases, [treatsLateRows], { before: USERS, up }, release);

  expect(judged.findings).toEqual(found.map((one) => `completes.5 ${one}`));
  expect(judged.notes).toEqual(notes.map((subject) => `completes.5 ${subject}`));
});
