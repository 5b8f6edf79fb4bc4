import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Server } from "../database/server.ts";
import { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { type AppliedStatement, apply, describeFailedStatement, firstError } from "./apply.ts";
import type { Step, TransactionMode } from "./release.ts";
import { splitStatements } from "./split-statements.ts";

let server: Server;
let session: Session;

beforeAll(async () => {
  server = await startEmbedded();
  session = await Session.open(server.connection("postgres"));
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await session.query("DROP TABLE IF EXISTS marks; CREATE TABLE marks (mark integer PRIMARY KEY)");
});

async function step(source: string, path = "1.sql"): Promise<Step> {
  return { path, file: `/${path}`, source, statements: await splitStatements(source) };
}

async function marks(): Promise<unknown[]> {
  return (await session.query("SELECT mark FROM marks ORDER BY mark")).map(({ mark }) => Number(mark));
}

const codes = (applied: readonly AppliedStatement[]) => applied.map(({ result: outcome }) => outcome.error?.code);

describe("applying a step", () => {
  test("each statement is sent on its own, and the next one is sent after an error", async () => {
    const applied = await apply(session, [
      await step("INSERT INTO marks VALUES (1); INSERT INTO marks VALUES (1); INSERT INTO marks VALUES (2)"),
      await step("SELECT mark FROM marks ORDER BY mark", "2.sql"),
    ]);

    expect(codes(applied)).toEqual([undefined, "23505", undefined, undefined]);
    expect(applied.at(-1)?.result.rows).toEqual([["1"], ["2"]]);
  });

  test("a step that stops at errors ends with the first, and so do the steps after it", async () => {
    const stopping = {
      ...(await step("INSERT INTO marks VALUES (1); SELECT 1 / 0; INSERT INTO marks VALUES (2)")),
      stopsAtError: true,
    };
    const applied = await apply(session, [stopping, await step("INSERT INTO marks VALUES (3)", "2.sql")]);

    expect(codes(applied)).toEqual([undefined, "22012"]);
    expect(await marks()).toEqual([1]);
  });

  test("psql's own commands are passed over", async () => {
    const applied = await apply(session, [await step("\\d marks\nSELECT 1;\n\\timing on")]);

    expect(applied.map(({ statement }) => statement.text)).toEqual(["SELECT 1"]);
  });

  test("within a transaction, statements after an error fail, and everything is rolled back", async () => {
    const source =
      "BEGIN; INSERT INTO marks VALUES (1); SELECT 1 / 0; INSERT INTO marks VALUES (2); COMMIT; INSERT INTO marks VALUES (3)";
    const applied = await apply(session, [await step(source)]);

    expect(codes(applied)).toEqual([undefined, undefined, "22012", "25P02", undefined, undefined]);
    expect(await marks()).toEqual([3]);
    expect(firstError(applied)?.error.code).toBe("22012");
  });

  test("a transaction that a step leaves open ends with the step, and is undone", async () => {
    await apply(session, [
      await step("BEGIN; INSERT INTO marks VALUES (1)"),
      await step("INSERT INTO marks VALUES (2)", "2.sql"),
    ]);

    await using other = await Session.open(server.connection("postgres"));
    expect((await other.query("SELECT mark FROM marks")).map(({ mark }) => mark)).toEqual(["2"]);
  });

  test("a server that cannot continue is an error of the harness", async () => {
    await using lost = await Session.open(server.connection("postgres"));
    const statements = await step("SELECT pg_terminate_backend(pg_backend_pid()); SELECT 1");

    await expect(apply(lost, [statements])).rejects.toBeInstanceOf(HarnessError);
  });
});

describe("the transaction of a step", () => {
  const inMode = async (transaction: TransactionMode, ...sources: readonly string[]) =>
    Promise.all(sources.map(async (source, index) => ({ ...(await step(source, `${index + 1}.sql`)), transaction })));

  test("of a file: an error undoes the file, keeps the files before it, and ends the run", async () => {
    const steps = await inMode(
      "file",
      "INSERT INTO marks VALUES (1)",
      "INSERT INTO marks VALUES (2); SELECT 1 / 0; INSERT INTO marks VALUES (3)",
      "INSERT INTO marks VALUES (4)",
    );

    expect(codes(await apply(session, steps))).toEqual([undefined, undefined, "22012"]);
    expect(await marks()).toEqual([1]);
  });

  test("of a run: an error undoes all files; an own COMMIT keeps what came before it", async () => {
    const steps = await inMode("run", "INSERT INTO marks VALUES (1)", "INSERT INTO marks VALUES (2); SELECT 1 / 0");
    expect(codes(await apply(session, steps))).toEqual([undefined, undefined, "22012"]);
    expect(await marks()).toEqual([]);

    const [first, ...rest] = await inMode("run", "INSERT INTO marks VALUES (1); COMMIT", "SELECT 1 / 0");
    await apply(session, [first as Step, ...rest]);
    expect(await marks()).toEqual([1]);
  });

  test("of one message: an error undoes what the text did not commit itself", async () => {
    const [one] = await inMode("query", "INSERT INTO marks VALUES (1); INSERT INTO marks VALUES (1); SELECT 1");
    expect(codes(await apply(session, [one as Step]))).toEqual([undefined, "23505"]);
    expect(await marks()).toEqual([]);

    const steps = await inMode(
      "query",
      "BEGIN; INSERT INTO marks VALUES (1); COMMIT; SELECT 1 / 0; SELECT 2",
      "SELECT 3",
    );
    expect(codes(await apply(session, steps))).toEqual([undefined, undefined, undefined, "22012"]);
    expect(await marks()).toEqual([1]);
  });

  test("of one message: an index can be created concurrently only by the only statement", async () => {
    const sources = [
      "CREATE INDEX CONCURRENTLY one ON marks (mark)",
      "SELECT 1; CREATE INDEX CONCURRENTLY two ON marks (mark)",
    ];

    expect(codes(await apply(session, await inMode("query", ...sources)))).toEqual([undefined, undefined, "25001"]);
  });

  test.each(["file", "run", "query"] as const)(
    "an error when it commits is that of the last statement: %s",
    async (mode) => {
      await session.query("ALTER TABLE marks ADD parent integer REFERENCES marks DEFERRABLE INITIALLY DEFERRED");
      const steps = await inMode(mode, "INSERT INTO marks VALUES (1, 2); SELECT 1");

      expect(codes(await apply(session, steps))).toEqual([undefined, "23503"]);
      expect(await marks()).toEqual([]);
    },
  );

  test("what a tool sends before a file is sent before each", async () => {
    const steps = await inMode("file", "SET search_path TO pg_temp", "SHOW search_path");
    const applied = await apply(
      session,
      steps.map((each) => ({ ...each, before: ["RESET ALL"] })),
    );

    expect(applied.at(-1)?.result.rows).toEqual([['"$user", public']]);
  });
});

test("a failed statement is described with its file and line", async () => {
  const applied = await apply(session, [await step("SELECT 1;\n\nSELECT\n  nothing;", "2.1-columns.sql")]);
  const failed = firstError(applied);

  expect(failed && describeFailedStatement(failed)).toBe(
    '2.1-columns.sql, line 3: ERROR: column "nothing" does not exist (SQLSTATE 42703)',
  );
  expect(firstError(await apply(session, [await step("SELECT 1")]))).toBeUndefined();
});
