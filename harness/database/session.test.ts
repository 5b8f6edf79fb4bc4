import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HarnessError, UnansweredError } from "../errors.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import type { Server } from "./server.ts";
import { opening, Session } from "./session.ts";

let server: Server;

beforeAll(async () => {
  server = await startEmbedded();
  await using session = await open();
  await session.query("CREATE TABLE kept (number integer PRIMARY KEY)");
});
afterAll(async () => await server[Symbol.asyncDispose]());

async function open(settings = {}): Promise<Session> {
  return await Session.open({ ...server.connection("postgres"), ...settings });
}

async function troubleOf(work: Promise<unknown>): Promise<HarnessError> {
  const thrown: unknown = await work.then(
    () => "no trouble",
    (error: unknown) => error,
  );
  if (!(thrown instanceof HarnessError)) {
    throw new Error("expected a HarnessError", { cause: thrown });
  }

  return thrown;
}

describe("attempting a statement", () => {
  test("values come as PostgreSQL writes them, and NULL as null", async () => {
    await using session = await open();
    const sql = `SELECT 1 AS one, 0.30 AS share, true AS yes, NULL AS nothing, '{"a": 1}'::jsonb AS json,
      ARRAY[1, NULL] AS list, 9007199254740993 AS big, TIMESTAMP '2025-10-12 18:56:00' AS moment, 1 AS one`;

    expect(await session.attempt(sql)).toEqual({
      columns: ["one", "share", "yes", "nothing", "json", "list", "big", "moment", "one"],
      rows: [
        ["1", "0.30", "t", null, '{"a": 1}', "{1,NULL}", "9007199254740993", "2025-10-12 18:56:00", "1"],
      ],
      notices: [],
    });
  });

  test("a refusal is a value, and the session goes on", async () => {
    await using session = await open();

    expect((await session.attempt("SELECT 1 / 0")).refusal).toEqual({
      code: "22012",
      message: "division by zero",
    });
    expect((await session.attempt("SELEC 1")).refusal?.code).toBe("42601");
    expect((await session.attempt("SELECT 2")).rows).toEqual([["2"]]);
  });

  test("what was refused is over by then: the server has let go of its locks", async () => {
    await using session = await open();
    await using other = await open();
    // What it made has to be removed again: that takes longer than to ask.
    await session.attempt(`DO $$BEGIN
      FOR n IN 1 .. 300 LOOP EXECUTE format('CREATE TABLE unmade_%s (id integer PRIMARY KEY)', n); END LOOP;
      RAISE 'no';
    END$$`);

    expect(await other.query(`SELECT state FROM pg_stat_activity WHERE pid = ${session.pid}`)).toEqual([
      { state: "idle" },
    ]);
  });

  test("notices belong to the statement that they came with, refused or not", async () => {
    await using session = await open();
    const warned = await session.attempt("DO $$BEGIN RAISE WARNING 'one'; RAISE NOTICE 'two'; END$$");
    const refused = await session.attempt(
      "DO $$BEGIN RAISE NOTICE 'three'; RAISE EXCEPTION 'four' USING ERRCODE = 'ZZ001'; END$$",
    );

    expect(warned.notices).toEqual([
      { severity: "WARNING", message: "one" },
      { severity: "NOTICE", message: "two" },
    ]);
    expect(refused).toMatchObject({
      notices: [{ severity: "NOTICE", message: "three" }],
      refusal: { code: "ZZ001", message: "four" },
    });
    expect((await session.attempt("SELECT 1")).notices).toEqual([]);
  });

  test("whoever is told to stop is refused; only the limit of time is trouble", async () => {
    await using session = await open();

    expect(
      (await session.attempt("SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(5)")).refusal,
    ).toEqual({ code: "57014", message: "canceling statement due to user request" });
  });
});

describe("a trial", () => {
  test("gives what came of its last statement, and leaves nothing behind", async () => {
    await using session = await open();
    const outcome = await session.trial(["INSERT INTO kept VALUES (1);", "SELECT number + 1 FROM kept ; "]);

    expect(outcome).toMatchObject({ rows: [["2"]] });
    expect(await session.query("SELECT * FROM kept")).toEqual([]);
  });

  test("gives the first refusal, leaves nothing behind, and the session goes on", async () => {
    await using session = await open();
    const outcome = await session.trial([
      "INSERT INTO kept VALUES (1)",
      "INSERT INTO kept VALUES (1)",
      "SELECT 1 / 0",
    ]);

    expect(outcome).toMatchObject({ rows: [], refusal: { code: "23505" } });
    expect((await session.attempt("SELECT count(*) FROM kept")).rows).toEqual([["0"]]);
    expect((await session.attempt("SHOW transaction_isolation")).refusal).toBeUndefined();
  });
});

describe("what the harness cannot go on with", () => {
  test("a query of its own that is refused is named, with the SQLSTATE", async () => {
    await using session = await open();
    const trouble = await troubleOf(session.query("SELECT * FROM nowhere\nWHERE true"));

    expect(trouble.message).toMatch(
      /"nowhere" does not exist \(SQLSTATE 42P01, in: SELECT \* FROM nowhere\)/,
    );
    expect(trouble).toBeInstanceOf(UnansweredError);
    expect((await session.query("SELECT $1::int AS one", [1]))[0]).toEqual({ one: "1" });
  });

  test("a right that the harness lacks is no fault of what is in the database", async () => {
    await using session = await open();
    await session.attempt("CREATE ROLE nobody");
    await session.attempt("SET ROLE nobody");
    const trouble = await troubleOf(session.query("SELECT * FROM kept"));

    expect(trouble).not.toBeInstanceOf(UnansweredError);
    expect(trouble.message).toMatch(/permission denied .*SQLSTATE 42501/);
  });

  test.each(["attempt", "query"] as const)("a statement that does not end is named: %s", async (how) => {
    await using session = await open({ statement_timeout: 50 });
    const trouble = await troubleOf(session[how]("SELECT pg_sleep(20) AS slumber"));

    expect(trouble.message).toMatch(/did not end within .*in: SELECT pg_sleep\(20\) AS slumber/);
  });

  test("a trial that does not end is named, too", async () => {
    await using session = await open({ statement_timeout: 50 });

    expect((await troubleOf(session.trial(["SELECT pg_sleep(20)"]))).message).toMatch(/pg_sleep\(20\)/);
  });

  test.each(["attempt", "query", "trial"] as const)(
    "a server that goes away is named with the statement, then and later: %s",
    async (how) => {
      await using session = await open();
      await using other = await open();
      const [row] = await session.query("SELECT pg_backend_pid() AS pid");
      const sleep = "SELECT pg_sleep(20) AS slumber";
      const waiting = troubleOf(how === "trial" ? session.trial([sleep]) : session[how](sleep));
      await expect
        .poll(
          async () =>
            await other.query(
              "SELECT FROM pg_stat_activity WHERE query LIKE '%slumber' OR wait_event = 'PgSleep'",
            ),
        )
        .toHaveLength(1);
      await other.query("SELECT pg_terminate_backend($1)", [row?.["pid"]]);

      expect((await waiting).message).toMatch(/pg_sleep\(20\) AS slumber/);
      expect((await troubleOf(session.attempt("SELECT 'later'"))).message).toMatch(/SELECT 'later'/);
    },
  );

  test("a database that is not there is named", async () => {
    const trouble = await troubleOf(Session.open(server.connection("no_such_database")));

    expect(trouble.message).toMatch(/No connection to the database no_such_database: .*does not exist/);
  });
});

test("a session can be closed twice", async () => {
  const session = await open();
  await session[Symbol.asyncDispose]();
  await session[Symbol.asyncDispose]();

  await expect(session.attempt("SELECT 1")).rejects.toBeInstanceOf(HarnessError);
});

test("a statement is told by its first line, cut short where it is long", () => {
  expect(opening("\n  SELECT 1\nFROM t")).toBe("SELECT 1");
  expect(opening("x".repeat(70))).toBe("x".repeat(70));
  expect(opening("x".repeat(71))).toBe(`${"x".repeat(69)}…`);
});
