import { afterAll, beforeAll, expect, test } from "vitest";
import type { Server } from "../database/server.ts";
import { Session } from "../database/session.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { askChecks, askCosts } from "./ask.ts";
import type { PreflightCheck } from "./check.ts";
import { type OpenAsked, openAsked } from "./open-asked.ts";

/** The user's server: an embedded one. */
let theirs: Server;
let administrator: Session;

beforeAll(async () => {
  theirs = await startEmbedded();
  administrator = await Session.open(theirs.connection("postgres"));
  await administrator.query(`CREATE TABLE users (id int PRIMARY KEY, email text, age int);
    INSERT INTO users SELECT i, nullif('e' || i, 'e7'), i FROM generate_series(1, 1000) i;
    CREATE TABLE posts (id int PRIMARY KEY, author int);
    INSERT INTO posts VALUES (1, 1), (2, 5000), (3, NULL);
    CREATE TABLE secrets (id int PRIMARY KEY);
    CREATE TABLE hidden (id int PRIMARY KEY);
    ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
    INSERT INTO hidden VALUES (1);
    CREATE ROLE reader LOGIN PASSWORD 'secret';
    GRANT SELECT ON users, posts, hidden TO reader;
    CREATE TABLE parted (id int) PARTITION BY LIST (id);
    CREATE TABLE part PARTITION OF parted DEFAULT;
    INSERT INTO parted SELECT generate_series(1, 1000);
    GRANT SELECT ON parted TO reader;
    CREATE VIEW shown AS SELECT * FROM users;
    GRANT SELECT ON shown TO reader;
    CREATE FUNCTION kept() RETURNS bool LANGUAGE sql AS 'SELECT true';
    REVOKE EXECUTE ON FUNCTION kept FROM public;
    CREATE FUNCTION written() RETURNS bigint LANGUAGE sql AS 'DELETE FROM users; SELECT 1::bigint'`);
  await administrator.query("ANALYZE users");
});
afterAll(async () => {
  await administrator[Symbol.asyncDispose]();
  await theirs[Symbol.asyncDispose]();
});

function addressOf(role = "reader", database = "postgres"): string {
  const { host, port } = theirs.connection("postgres");

  return `postgres://${role}:secret@/${database}?host=${host}&port=${port}`;
}

function makeCheck(table: string, condition: string, more: Partial<PreflightCheck> = {}): PreflightCheck {
  const rows = `FROM public.${table} WHERE NOT (${condition})`;

  return {
    ...{ table, from: `public.${table}`, condition, reason: "because", isRequired: true },
    ...{ count: `SELECT count(*) ${rows}`, values: `SELECT id ${rows}` },
    ...more,
  };
}

async function ask(asked: OpenAsked, checks: readonly PreflightCheck[], values = 0) {
  const [migration] = await askChecks(asked, [{ migration: "m", checks, unasked: [] }], values);

  return migration?.answers ?? [];
}

const emails = makeCheck("users", "email IS NOT NULL");
const orphans = makeCheck("posts", "author IN (SELECT id FROM users)");

test("a role that may only read gets counts, and values where they are asked for", async () => {
  await using asked = await openAsked(addressOf(), 10_000);

  expect(await ask(asked, [emails, makeCheck("users", "age > 0")])).toEqual([
    { check: emails, broken: 1 },
    expect.objectContaining({ broken: 0 }),
  ]);
  expect(await ask(asked, [orphans], 5)).toEqual([
    { check: orphans, broken: 1, values: { columns: ["id"], rows: [["2"]] } },
  ]);
});

test("no lock is above ACCESS SHARE, and nothing is written", async () => {
  await using asked = await openAsked(addressOf(), 10_000);
  // Asked by the statement that holds the locks, in the transaction of the other queries.
  const after = (count: string): PreflightCheck => ({
    ...emails,
    count: `SELECT (${count}) FROM (${orphans.count}) AS orphans (n), (${emails.count}) AS emails (n)`,
  });
  const held = after(
    "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation::regclass::text IN ('users', 'posts')",
  );
  const strong = after(
    "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation IS NOT NULL AND mode <> 'AccessShareLock'",
  );
  const written = after("SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_xact_all_tables");
  const assigned = after("SELECT count(pg_current_xact_id_if_assigned())");
  const answers = await ask(asked, [emails, orphans, held, strong, written, assigned]);

  expect(answers[2]?.broken).toBeGreaterThan(0);
  expect(answers.slice(3).map(({ broken }) => broken)).toEqual([0, 0, 0]);
});

test("locks end with the query, and so does an error: the next one is asked", async () => {
  await using asked = await openAsked(addressOf(), 10_000);
  const count = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'users'::regclass";
  const answers = await ask(asked, [emails, makeCheck("users", "no_such > 0"), { ...orphans, count }, emails]);

  expect(answers.map(({ broken }) => broken)).toEqual([1, undefined, 0, 1]);
});

test("a query that takes too long, or that waits for a lock, is given up", async () => {
  await using asked = await openAsked(addressOf(), 100);
  await using other = await Session.open(theirs.connection("postgres"));
  const slow = makeCheck("users", "age > 0", { count: "SELECT count(*) FROM users, pg_sleep(3600)" });
  await other.query("BEGIN");
  await other.query("LOCK TABLE posts");
  const answers = await ask(asked, [slow, orphans, emails]);

  expect(answers[0]?.refused?.problem).toBe("the server did not answer within 0.1 s");
  expect(answers[1]?.refused).toBeDefined();
  expect(answers[2]).toEqual({ check: emails, broken: 1 });
});

test("a query does not go on without the process that asks", async () => {
  await using asked = await openAsked(addressOf(), 600_000);
  const count = "SELECT extract(epoch FROM current_setting('client_connection_check_interval')::interval)";

  expect((await ask(asked, [{ ...emails, count }]))[0]?.broken).toBe(1);
});

test("the lock timeout is shorter than a long limit", async () => {
  await using asked = await openAsked(addressOf(), 600_000);
  const seconds = (name: string): PreflightCheck => ({
    ...emails,
    count: `SELECT extract(epoch FROM current_setting('${name}')::interval)`,
  });

  expect((await ask(asked, [seconds("statement_timeout"), seconds("lock_timeout")])).map((one) => one.broken)).toEqual([
    600, 2,
  ]);
});

test.each([
  [
    makeCheck("secrets", "id > 0"),
    "the role reader may not read it: permission denied for table secrets",
    "GRANT SELECT ON public.secrets TO",
  ],
  [
    makeCheck("users", "id IN (SELECT id FROM secrets)"),
    "permission denied for table secrets",
    "GRANT SELECT ON secrets TO",
  ],
  [makeCheck("users", "kept()"), "permission denied for function kept", "GRANT EXECUTE ON FUNCTION kept TO"],
  [makeCheck("shown", "id > 0"), "public.shown is a view there", "select the migration"],
  [makeCheck("hidden", "id > 0"), "row security hides rows from the role reader", "BYPASSRLS"],
  [makeCheck("users", "missing > 0"), "the database is not in the state before the migration", "select the migration"],
  [makeCheck("users", "written() > 0"), "it would write", "by hand"],
  [makeCheck("users", "email::int > 0"), "a value raises an error (SQLSTATE 22P02)", "by hand"],
])("what cannot be asked is said with what to do, and without a value: %#", async (check, problem, remedy) => {
  await using asked = await openAsked(addressOf(), 10_000);
  const [answer] = await ask(asked, [check]);

  expect(answer?.broken).toBeUndefined();
  expect(answer?.refused?.problem).toContain(problem);
  expect(answer?.refused?.remedy).toContain(remedy);
  expect(answer?.refused?.problem).not.toMatch(/e\d/);
});

test("the expression that a migration computes fails for a row, and no value is shown", async () => {
  await using asked = await openAsked(addressOf(), 10_000);
  const count = "SELECT 0 * count(email::int) FROM users";
  const evaluated = makeCheck("users", "email::int raises no error", { count, isEvaluated: true });
  const computable = makeCheck("users", "age raises no error", {
    count: "SELECT 0 * count(age::text) FROM users",
    isEvaluated: true,
  });

  expect(await ask(asked, [evaluated, computable], 5)).toEqual([
    { check: evaluated, raised: "22P02" },
    { check: computable, broken: 0 },
  ]);
});

test("rows that are compared in pairs are shown as such", async () => {
  await using asked = await openAsked(addressOf(), 10_000);
  const count = "SELECT count(*) FROM users a WHERE EXISTS (SELECT FROM users b WHERE a.age > b.age)";
  const [migration] = await askCosts(asked, [
    { migration: "m", checks: [makeCheck("users", "true", { count })], unasked: [] },
  ]);

  expect(migration?.costs).toMatchObject([{ scans: expect.arrayContaining([expect.stringMatching(/^Nested Loop/)]) }]);
});

test("what a query would cost is asked without running it", async () => {
  await using asked = await openAsked(addressOf(), 10_000);
  const slow = makeCheck("users", "age > 0", { count: "SELECT count(*) FROM users, pg_sleep(3600)" });
  const [migration] = await askCosts(asked, [
    { migration: "m", checks: [slow, makeCheck("secrets", "id > 0"), makeCheck("parted", "id > 0")], unasked: [] },
  ]);

  expect(migration?.costs).toMatchObject([
    { cost: expect.any(Number), scans: ["Nested Loop", "Seq Scan on users"], size: expect.stringMatching(/kB$/) },
    { refused: { problem: expect.stringContaining("permission denied") } },
    { size: expect.stringMatching(/^[1-9]\d* kB$/) },
  ]);
});

test.each([
  ["embedded", "is none", "--server postgres://"],
  ["postgres://reader@127.0.0.1:1/postgres", "nothing listens there", "Check host and port"],
])("a server that cannot be asked is an error: %s", async (name, message, remedy) => {
  await expect(openAsked(name, 1_000)).rejects.toMatchObject({
    message: expect.stringContaining(message),
    remedy: expect.stringContaining(remedy),
  });
});

test("a role that the server refuses is an error without its password", async () => {
  const opening = openAsked(addressOf("missing_role"), 1_000);

  await expect(opening).rejects.toMatchObject({ name: "HarnessError", remedy: expect.stringMatching(/role|password/) });
  await expect(opening).rejects.not.toMatchObject({ message: expect.stringContaining("secret") });
});
