import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Server } from "../database/server.ts";
import { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { type AppliedStatement, apply, describeFailedStatement, firstError } from "./apply.ts";
import type { Step } from "./release.ts";
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

test("a failed statement is described with its file and line", async () => {
  const applied = await apply(session, [await step("SELECT 1;\n\nSELECT\n  nothing;", "2.1-columns.sql")]);
  const failed = firstError(applied);

  expect(failed && describeFailedStatement(failed)).toBe(
    '2.1-columns.sql, line 3: ERROR: column "nothing" does not exist (SQLSTATE 42703)',
  );
  expect(firstError(await apply(session, [await step("SELECT 1")]))).toBeUndefined();
});
