/** What the rules `applies` find in small migrations, and what their authors would have to assume. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DatabaseProvider } from "../../harness/database/database-provider.ts";
import { databaseProvider } from "../../harness/database/pool.ts";
import type { Server } from "../../harness/database/server.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { appliesToAllRows, appliesToOrdinaryRows, ends } from "./applies.property.ts";
import { declarationsApply } from "./declarations.property.ts";
import { judgeMigration } from "./testing/judge-migration.ts";

let server: Server;
let databases: DatabaseProvider;

beforeAll(async () => {
  server = await startEmbedded();
  databases = databaseProvider(server);
});

afterAll(async () => {
  await databases?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

const USERS = `CREATE TABLE users (id serial PRIMARY KEY, email text, nick varchar(40), age bigint, "Order" text);
CREATE TABLE posts (id serial PRIMARY KEY, author int, title text NOT NULL);
CREATE UNIQUE INDEX titles ON posts (author, title);`;

const rules = [appliesToOrdinaryRows, appliesToAllRows, ends];

const judge = async (up: string, before = USERS, transaction: "file" | "statement" = "file") =>
  await judgeMigration(databases, rules, { before, up }, { transaction });

describe("what a migration needs of the server", () => {
  test.each([
    ["CREATE EXTENSION no_such", /no_such\.control|"no_such" is not available/, /has the extension no_such/],
    ["GRANT SELECT ON users TO no_such", /role "no_such" does not exist/, /'CREATE ROLE "no_such"' to setup/],
  ])("is an error that says what to do: %s", async (up, message, remedy) => {
    await expect(judge(`SELECT 1;\n${up}`)).rejects.toMatchObject({
      name: "HarnessError",
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    });
  });

  test("may come from a migration in code, which was left out", async () => {
    const origin = {
      ...{ folder: "/", layout: "goose", index: 1, hasDowns: false, repeatable: false, migration: "2_b" },
      leftOut: ["migration 1 in Go", "migration 3 in Go"],
    };
    const judgeWith = (up: string) => judgeMigration(databases, rules, { before: USERS, up }, { origin });

    await expect(judgeWith("ALTER TABLE teams ADD label text")).rejects.toMatchObject({
      message: expect.stringContaining('relation "teams" does not exist'),
      remedy: expect.stringContaining("If teams comes from migration 1 in Go or another of 2 migrations in code, name"),
    });
    // What a statement before mentions is no gap.
    expect((await judgeWith("ALTER TABLE users DROP nick; ALTER TABLE users DROP nick")).findings).toEqual([
      "applies.1 fails-on-empty-tables up.sql, line 1",
    ]);
  });

  test("is its own fault where it should have created it", async () => {
    const { findings } = await judge("GRANT SELECT ON users TO late_role;\nCREATE ROLE late_role");

    expect(findings).toEqual(["applies.1 fails-on-empty-tables up.sql, line 1"]);
  });

  test("may come from a platform, if nothing mentions it", async () => {
    const { found } = await judge("ALTER TABLE teams ADD label text");

    expect(found.map(({ hint }) => hint)).toEqual([
      'If a platform provides "teams", create it in setup of plumbline.config.ts; if your tool sets a search_path, set it there; else correct the statement: it fails in every new database',
    ]);
  });
});

describe("what the author has to assume", () => {
  test.each([
    ["ALTER TABLE users ALTER email SET NOT NULL", "users: email IS NOT NULL"],
    [
      "CREATE UNIQUE INDEX mails ON users (lower(email)) WHERE age > 0",
      "users: (age > 0) IS NOT TRUE OR (lower(email)) IS NULL OR lower(email) IN (SELECT lower(email) FROM users WHERE (age > 0) AND (lower(email)) IS NOT NULL GROUP BY 1 HAVING count(*) = 1)",
    ],
    [
      'ALTER TABLE users ADD UNIQUE ("Order", nick)',
      'users: "Order" IS NULL OR nick IS NULL OR ("Order", nick) IN (SELECT "Order", nick FROM users WHERE "Order" IS NOT NULL AND nick IS NOT NULL GROUP BY 1, 2 HAVING count(*) = 1)',
    ],
    [
      "ALTER TABLE users ADD EXCLUDE USING gist (int8range(age, age, '[]') WITH &&) WHERE (nick > '')",
      "users: ((nick)::text > ''::text) IS NOT TRUE OR NOT EXISTS (SELECT FROM (SELECT tableoid AS of, ctid AS at, (int8range(age, age, '[]'::text)) AS compared_1 FROM users WHERE ((nick)::text > ''::text)) AS other WHERE (users.tableoid, users.ctid) <> (other.of, other.at) AND (int8range(age, age, '[]'::text)) && other.compared_1)",
    ],
    ["ALTER TABLE posts ADD FOREIGN KEY (author) REFERENCES users", "posts: author IN (SELECT id FROM users)"],
    ["ALTER TABLE users ADD CHECK (age > 17)", "users: (age > 17)"],
    ["ALTER TABLE users ALTER nick TYPE varchar(10)", "users: char_length(rtrim(nick::text, ' ')) <= 10"],
    ["ALTER TABLE users ALTER age TYPE int", "users: age BETWEEN -2147483647 - 1 AND 2147483647"],
    ["ALTER TABLE users ALTER nick TYPE int USING nick::int", "users: pg_input_is_valid(nick::text, 'integer')"],
    [
      "UPDATE posts SET title = lower(title) -- folded\nWHERE title <> 'X'",
      "posts: author IS NULL OR (author, CASE WHEN title <> 'X' THEN lower(title) ELSE title END) IN (SELECT author, CASE WHEN title <> 'X' THEN lower(title) ELSE title END FROM posts WHERE author IS NOT NULL GROUP BY 1, 2 HAVING count(*) = 1)",
    ],
  ])("%s", async (up, assumed) => {
    const [finding] = (await judge(up)).found;
    expect(finding).toMatchObject({ rule: "applies.2", answer: "declare", declare: `-- plumbline: assume ${assumed}` });
    const declared = await judgeMigration(databases, [...rules, declarationsApply], {
      before: USERS,
      up: `${finding?.declare}\n${up};`,
    });
    expect(declared.found.filter(({ isAssumedAway }) => isAssumedAway !== true)).toEqual([]);
  });

  test("nothing about a column that the migration fills itself, as far as it can", async () => {
    const up = "UPDATE users SET email = nick WHERE email IS NULL; ALTER TABLE users ALTER email SET NOT NULL";
    const [finding] = (await judge(up)).found;

    expect(finding).toMatchObject({ kind: "refuses-null", answer: "declare" });
    expect(finding?.declare).toMatch(/^-- plumbline: allow applies\.2 because <.*>$/);
  });

  test("that no row belongs to two, where the migration takes each for a row of one", async () => {
    const before = `CREATE TABLE docs (id serial PRIMARY KEY);
      CREATE TABLE drafts (id serial PRIMARY KEY);
      CREATE TABLE metas (id serial PRIMARY KEY, doc int UNIQUE REFERENCES docs, draft int UNIQUE REFERENCES drafts);`;
    const up = `CREATE TABLE papers (meta int UNIQUE);
      INSERT INTO papers SELECT metas.id FROM metas JOIN docs ON docs.id = doc;
      INSERT INTO papers SELECT metas.id FROM metas JOIN drafts ON drafts.id = draft`;

    expect((await judge(up, before)).findings).toEqual(["applies.2 fails-on-some-rows up.sql, line 3"]);
  });

  test("that no two rows have one parent, where the migration makes a row for each", async () => {
    const before = `CREATE TABLE logins (id serial PRIMARY KEY, mail text NOT NULL UNIQUE);
      CREATE TABLE admins (id serial PRIMARY KEY, login int NOT NULL REFERENCES logins);`;
    const up = `CREATE TABLE people (mail text UNIQUE);
      INSERT INTO people SELECT mail FROM admins JOIN logins ON logins.id = login`;
    const twice = `${up}; INSERT INTO people SELECT mail FROM logins`;

    expect((await judge(up, before)).findings).toEqual(["applies.2 fails-on-some-rows up.sql, line 2"]);
    expect((await judge(twice, before)).findings).toContain("applies.1 fails-on-rows up.sql, line 2");
  });

  test("nothing that is said where no condition is known", async () => {
    const [finding] = (await judge("ALTER TABLE users ADD share int;\nUPDATE users SET share = 100 / age;")).found;

    expect(finding).toMatchObject({ kind: "fails-on-some-rows", subject: "up.sql, line 2", answer: "declare" });
    expect(finding?.declare).toMatch(/^-- plumbline: allow applies\.2 because <.*>$/);
  });
});

describe("a fault by itself", () => {
  test.each([
    ["a column that no row has a value for", "ALTER TABLE users ADD token text NOT NULL", "fails-on-rows"],
    ["a name that is not there", "SELECT 1 FROM nowhere", "fails-on-empty-tables"],
    [
      "a trigger that names what is gone",
      `ALTER TABLE posts RENAME TO notes; UPDATE users SET nick = 'x' WHERE nick = 'y'`,
      "fails-on-rows",
      `${USERS} CREATE FUNCTION count_posts() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM FROM posts; RETURN NEW; END $$;
      CREATE TRIGGER count_posts BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION count_posts();`,
    ],
  ])("%s", async (_, up, kind, before = USERS) => {
    expect((await judge(up, before)).found).toMatchObject([{ rule: "applies.1", answer: "error", kind }]);
  });
});

describe("what is no fault", () => {
  test.each([
    [
      "rows that are repaired before",
      "UPDATE users SET email = '' WHERE email IS NULL; ALTER TABLE users ALTER email SET NOT NULL",
    ],
    ["a constraint that is not validated", "ALTER TABLE users ADD CHECK (age > 17) NOT VALID"],
    [
      "a loop that walks the ids",
      `DO $$ DECLARE at bigint := 0; BEGIN WHILE at < (SELECT max(id) FROM flags) LOOP
      UPDATE flags SET on_ = true WHERE id BETWEEN at AND at + 50; at := at + 50; END LOOP; END $$`,
    ],
  ])("%s", async (_, up) => {
    const before = `${USERS} CREATE TABLE flags (id bigint PRIMARY KEY, on_ boolean NOT NULL DEFAULT false);`;

    expect((await judge(up, before)).findings).toEqual([]);
  });

  test("arithmetic on the largest numbers: a note", async () => {
    const { findings, notes } = await judge("UPDATE users SET age = age * 2 + 1");

    expect(findings).toEqual([]);
    expect(notes).toEqual(["applies.2 up.sql, line 1"]);
  });
});

test.each([
  "CREATE INDEX years ON users ((nick::int))",
  "ALTER TABLE users ADD born int GENERATED ALWAYS AS (nick::int) STORED",
  "ALTER TABLE users ADD path ltree; UPDATE users SET path = text2ltree('root. ' || nick)",
])("what texts look like is for the author to know: %s", async (up) => {
  const before = "CREATE EXTENSION ltree; CREATE TABLE users (id int PRIMARY KEY, nick text NOT NULL)";

  expect((await judge(up, before)).found).toMatchObject([{ rule: "applies.2", answer: "declare" }]);
});

const TRACES = `CREATE TABLE traces (id text PRIMARY KEY);
CREATE TABLE observations (id int PRIMARY KEY, trace text NOT NULL, level text NOT NULL);
CREATE TABLE runs (id int PRIMARY KEY, trace text REFERENCES traces, level text CHECK (level IN ('high', 'low')));`;

test.each([
  ["ids that no key links", "UPDATE runs SET trace = o.trace FROM observations o", "declare"],
  ["texts that no check limits", "UPDATE runs SET level = o.level FROM observations o", "declare"],
  ["a value that never fits", "ALTER TABLE runs ADD other text DEFAULT 'none' REFERENCES traces", "error"],
  ["rows that others need", "DELETE FROM traces", "error"],
])("%s: %s", async (_, up, answer) => {
  expect((await judge(up, TRACES)).found).toMatchObject([{ answer }]);
});

test.each([
  "IF EXISTS (SELECT FROM users WHERE email IS NULL) THEN RAISE 'mails are missing.'; END IF",
  "IF EXISTS (SELECT FROM users) THEN RAISE EXCEPTION 'not empty'; END IF",
])("rows that the migration itself refuses: a note for %s", async (body) => {
  const { findings, notes } = await judge(`DO $$ BEGIN ${body}; END $$`);

  expect([findings, notes]).toEqual([[], ["applies.2 up.sql, line 1"]]);
});

test("a migration that cannot run in a transaction is tried in databases of their own", async () => {
  const up = "CREATE UNIQUE INDEX CONCURRENTLY nicks ON users (nick);";

  expect((await judge(up, USERS, "statement")).findings).toEqual(["applies.2 refuses-duplicates public.users.nicks"]);
});

test.each(["statement", "file"] as const)("transactions of the file's own are no obstacle: %s", async (transaction) => {
  const up = `BEGIN; ALTER TABLE users ADD label text; SAVEPOINT here; COMMIT;
START TRANSACTION; ALTER TABLE users ALTER email SET NOT NULL; END;`;

  expect((await judge(up, USERS, transaction)).found).toMatchObject([
    { rule: "applies.2", subject: "public.users.email", got: expect.stringContaining("line 2") },
  ]);
});

test("each constraint that refuses rows is found; rows keep to what is declared", async () => {
  const up = "ALTER TABLE users ALTER email SET NOT NULL;\nALTER TABLE users ALTER nick SET NOT NULL;";
  const subjects = async (sql: string) =>
    (await judge(sql)).found.filter((one) => one.isAssumedAway !== true).map(({ subject }) => subject);

  expect((await subjects(up)).toSorted()).toEqual(["public.users.email", "public.users.nick"]);
  expect(await subjects(`-- plumbline: assume users: email IS NOT NULL\n${up}`)).toEqual(["public.users.nick"]);
});

test("no row refers to a key that differs in each copy of the baseline", async () => {
  const before = `CREATE TABLE accounts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text);
CREATE TABLE projects (account uuid NOT NULL REFERENCES accounts, name text NOT NULL);
INSERT INTO accounts (name) VALUES ('first'), ('second');`;
  const { found } = await judge("ALTER TABLE projects ADD UNIQUE (name)", before);
  await using database = await databases.clone({
    parts: [before],
    build: async (session) => void (await session.query(before)),
  });
  const session = await database.connect();

  expect(found.map(({ kind }) => kind)).toEqual(["refuses-duplicates"]);
  await session.query(found[0]?.rows?.inserts ?? "no rows");
});
