import { beforeAll, describe, expect, test } from "vitest";
import type { QueryJson } from "../database/pinned-settings.ts";
import { queryJsonOn } from "../database/pinned-settings.ts";
import { loadParser } from "../release/parser.ts";
import { useDatabases } from "../testing/use-databases.ts";
import { narrowPlan } from "./narrow-plan.ts";
import { readSchema } from "./read-schema.ts";
import { planRows, type RowPlan } from "./row-plan.ts";

const databases = useDatabases();

const OTHERS = Array.from({ length: 20 }, (_, index) => `CREATE TABLE other_${index} (id int PRIMARY KEY);`);

const SCHEMA = `
CREATE TYPE state AS ENUM ('new', 'done');
CREATE TABLE accounts (id int PRIMARY KEY);
CREATE TABLE users (id int PRIMARY KEY, account int REFERENCES accounts);
CREATE TABLE posts (id int PRIMARY KEY, author int NOT NULL REFERENCES users ON DELETE CASCADE);
CREATE TABLE audit (id serial PRIMARY KEY, note text);
CREATE TABLE events (at date, state state) PARTITION BY RANGE (at);
CREATE TABLE events_2030 PARTITION OF events FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');
CREATE FUNCTION log_user() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO audit (note) VALUES ('user'); RETURN NULL; END $$;
CREATE TRIGGER log_user AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION log_user();
CREATE VIEW authors AS SELECT u.id FROM users AS u JOIN posts AS p ON p.author = u.id;
CREATE FUNCTION count_authors() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM authors';
${OTHERS.join("\n")}`;

let plan: RowPlan;
let queryJson: QueryJson;

beforeAll(async () => {
  const database = await databases.clone({
    parts: [SCHEMA],
    build: async (session) => void (await session.query(SCHEMA)),
  });
  queryJson = queryJsonOn(await database.observer());
  plan = planRows(await readSchema(queryJson), await loadParser());
});

const ALL = 25;

describe("of a large schema, a migration concerns", () => {
  test.each([
    ["a table, and those that it references", "ALTER TABLE Users ADD name text", ["accounts", "users"]],
    ["no table", "CREATE TABLE notes (id int)", []],
    ["what triggers write, where it writes", "INSERT INTO users VALUES (1)", ["accounts", "audit", "users"]],
    ["what a cascade may reach", "DELETE FROM accounts", ["accounts", "audit", "posts", "users"]],
    ["the tables of a view", "ALTER VIEW authors RENAME TO writers", ["accounts", "posts", "users"]],
    ["the tables of what a function uses", "SELECT count_authors()", ["accounts", "posts", "users"]],
    ["the table of a sequence", "SELECT setval('audit_id_seq', 1)", ["audit"]],
    ["the table of a partition", "CREATE INDEX ON events_2030 (at)", ["events"]],
  ])("%s: %s", async (_, sql, names) => {
    const { tables } = await narrowPlan(plan, queryJson, sql);
    expect(tables.map(({ table }) => table.name).toSorted()).toEqual(names);
  });

  test.each([
    ["ALTER TYPE state RENAME VALUE 'new' TO 'open'"],
    ["DO $$ BEGIN EXECUTE 'DELETE FROM ' || 'users'; END $$"],
    ["SELECT relname FROM pg_class"],
    ["GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC"],
  ])("all tables, where it does not name them: %s", async (sql) => {
    expect((await narrowPlan(plan, queryJson, sql)).tables).toHaveLength(ALL);
  });
});

test("in a small schema all tables get rows", async () => {
  const small = { ...plan, tables: plan.tables.slice(0, 20) };
  expect((await narrowPlan(small, queryJson, "SELECT 1")).tables).toHaveLength(20);
});
