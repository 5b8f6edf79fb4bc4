import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HarnessError, UnansweredError } from "../errors.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import type { Server } from "./server.ts";
import { abbreviateStatement, Session } from "./session.ts";

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

async function harnessError(work: Promise<unknown>): Promise<HarnessError> {
  const thrown: unknown = await work.then(
    () => "no error",
    (reason: unknown) => reason,
  );
  if (!(thrown instanceof HarnessError)) {
    throw new Error("expected a HarnessError", { cause: thrown });
  }

  return thrown;
}

describe("tryExecute", () => {
  test("values are PostgreSQL's text, and NULL is null", async () => {
    await using session = await open();
    const sql = `SELECT 1 AS one, 0.30 AS share, true AS yes, NULL AS nothing, '{"a": 1}'::jsonb AS json,
      ARRAY[1, NULL] AS list, 9007199254740993 AS big, TIMESTAMP '2025-10-12 18:56:00' AS moment, 1 AS one`;

    expect(await session.tryExecute(sql)).toEqual({
      columns: ["one", "share", "yes", "nothing", "json", "list", "big", "moment", "one"],
      rows: [["1", "0.30", "t", null, '{"a": 1}', "{1,NULL}", "9007199254740993", "2025-10-12 18:56:00", "1"]],
      notices: [],
    });
  });

  test("an SQL error is a value, and the session continues", async () => {
    await using session = await open();

    expect((await session.tryExecute("SELECT 1 / 0")).error).toEqual({
      code: "22012",
      message: "division by zero",
    });
    expect((await session.tryExecute("SELEC 1")).error?.code).toBe("42601");
    expect((await session.tryExecute("SELECT 2")).rows).toEqual([["2"]]);
  });

  test("a statement that failed has released its locks", async () => {
    await using session = await open();
    await using other = await open();
    // Removing 300 files takes the server longer than answering the next query.
    await session.tryExecute(`DO $$BEGIN
      FOR n IN 1 .. 300 LOOP EXECUTE format('CREATE TABLE unmade_%s (id integer PRIMARY KEY)', n); END LOOP;
      RAISE 'no';
    END$$`);

    expect(await other.query(`SELECT state FROM pg_stat_activity WHERE pid = ${session.pid}`)).toEqual([
      { state: "idle" },
    ]);
  });

  test("notices belong to their statement, whether it failed or not", async () => {
    await using session = await open();
    const succeeded = await session.tryExecute("DO $$BEGIN RAISE WARNING 'one'; RAISE NOTICE 'two'; END$$");
    const failed = await session.tryExecute(
      "DO $$BEGIN RAISE NOTICE 'three'; RAISE EXCEPTION 'four' USING ERRCODE = 'ZZ001'; END$$",
    );

    expect(succeeded.notices).toEqual([
      { severity: "WARNING", message: "one" },
      { severity: "NOTICE", message: "two" },
    ]);
    expect(failed).toMatchObject({
      notices: [{ severity: "NOTICE", message: "three" }],
      error: { code: "ZZ001", message: "four" },
    });
    expect((await session.tryExecute("SELECT 1")).notices).toEqual([]);
  });

  test("a cancelled statement is an SQL error", async () => {
    await using session = await open();

    expect((await session.tryExecute("SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(5)")).error).toEqual({
      code: "57014",
      message: "canceling statement due to user request",
    });
  });
});

describe("tryAndRollBack", () => {
  test("returns the result of the last statement, and changes nothing", async () => {
    await using session = await open();
    const result = await session.tryAndRollBack(["INSERT INTO kept VALUES (1);", "SELECT number + 1 FROM kept ; "]);

    expect(result).toMatchObject({ rows: [["2"]] });
    expect(await session.query("SELECT * FROM kept")).toEqual([]);
  });

  test("returns the first error, changes nothing, and the session continues", async () => {
    await using session = await open();
    const result = await session.tryAndRollBack([
      "INSERT INTO kept VALUES (1)",
      "INSERT INTO kept VALUES (1)",
      "SELECT 1 / 0",
    ]);

    expect(result).toMatchObject({ rows: [], error: { code: "23505" } });
    expect((await session.tryExecute("SELECT count(*) FROM kept")).rows).toEqual([["0"]]);
    expect((await session.tryExecute("SHOW transaction_isolation")).error).toBeUndefined();
  });
});

describe("a HarnessError is thrown for", () => {
  test("a failed query of the harness, with the SQLSTATE", async () => {
    await using session = await open();
    const error = await harnessError(session.query("SELECT * FROM nowhere\nWHERE true"));

    expect(error.message).toMatch(/"nowhere" does not exist \(SQLSTATE 42P01, in: SELECT \* FROM nowhere\)/);
    expect(error).toBeInstanceOf(UnansweredError);
    expect((await session.query("SELECT $1::int AS one", [1]))[0]).toEqual({ one: "1" });
  });

  test("a missing privilege, which is not about the contents of the database", async () => {
    await using session = await open();
    await session.tryExecute("CREATE ROLE powerless");
    await session.tryExecute("SET ROLE powerless");
    const error = await harnessError(session.query("SELECT * FROM kept"));

    expect(error).not.toBeInstanceOf(UnansweredError);
    expect(error.message).toMatch(/permission denied .*SQLSTATE 42501/);
  });

  test.each(["tryExecute", "query"] as const)("a statement that exceeds the limit: %s", async (how) => {
    await using session = await open({ statement_timeout: 50 });
    const error = await harnessError(session[how]("SELECT pg_sleep(20) AS slumber"));

    expect(error.message).toMatch(/did not end within .*in: SELECT pg_sleep\(20\) AS slumber/);
  });

  test("a rolled-back statement that exceeds the limit", async () => {
    await using session = await open({ statement_timeout: 50 });

    expect((await harnessError(session.tryAndRollBack(["SELECT pg_sleep(20)"]))).message).toMatch(/pg_sleep\(20\)/);
  });

  test.each(["tryExecute", "query", "tryAndRollBack"] as const)(
    "a server that goes away, at once and for later statements: %s",
    async (how) => {
      await using session = await open();
      await using other = await open();
      const [row] = await session.query("SELECT pg_backend_pid() AS pid");
      const sleep = "SELECT pg_sleep(20) AS slumber";
      const waiting = harnessError(how === "tryAndRollBack" ? session.tryAndRollBack([sleep]) : session[how](sleep));
      await expect
        .poll(
          async () =>
            await other.query("SELECT FROM pg_stat_activity WHERE query LIKE '%slumber' OR wait_event = 'PgSleep'"),
        )
        .toHaveLength(1);
      await other.query("SELECT pg_terminate_backend($1)", [row?.["pid"]]);

      expect((await waiting).message).toMatch(/pg_sleep\(20\) AS slumber/);
      expect((await harnessError(session.tryExecute("SELECT 'later'"))).message).toMatch(/SELECT 'later'/);
    },
  );

  test("a missing database", async () => {
    const error = await harnessError(Session.open(server.connection("no_such_database")));

    expect(error.message).toMatch(/No connection to the database no_such_database: .*does not exist/);
  });
});

test("a session can be closed twice", async () => {
  const session = await open();
  await session[Symbol.asyncDispose]();
  await session[Symbol.asyncDispose]();

  await expect(session.tryExecute("SELECT 1")).rejects.toBeInstanceOf(HarnessError);
});

test("a statement is abbreviated to its first line and 70 characters", () => {
  expect(abbreviateStatement("\n  SELECT 1\nFROM t")).toBe("SELECT 1");
  expect(abbreviateStatement("x".repeat(70))).toBe("x".repeat(70));
  expect(abbreviateStatement("x".repeat(71))).toBe(`${"x".repeat(69)}…`);
});
