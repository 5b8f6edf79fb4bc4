import { existsSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Session } from "../../database/session.ts";
import { HarnessError } from "../../errors.ts";
import { readStartTime } from "../process/processes.ts";
import { startRestartable } from "../process/restartable.ts";
import { crashSafeSettings } from "../process/settings.ts";
import { startEmbedded } from "./embedded.ts";

const server = await startEmbedded({ settings: crashSafeSettings });
afterAll(async () => await server[Symbol.asyncDispose]());

const connect = () => Session.open(server.connection("postgres"));

async function harnessError(work: Promise<unknown>): Promise<HarnessError> {
  const thrown = await work.then(
    () => "it succeeded",
    (error: unknown) => error,
  );
  if (thrown instanceof HarnessError) return thrown;
  throw new Error("expected a HarnessError", { cause: thrown });
}

test("what was committed survives a crash, and what was not is gone", async () => {
  await using before = await connect();
  await before.query("CREATE TABLE kept (number INTEGER); INSERT INTO kept VALUES (1)");
  await before.query("BEGIN; INSERT INTO kept VALUES (2)");
  await server.crash();
  await server.restart();
  await using after = await connect();

  expect(await after.query("SELECT number FROM kept")).toEqual([{ number: "1" }]);
  expect(await after.query("SELECT pg_is_in_recovery() AS recovering")).toEqual([{ recovering: "f" }]);
});

test("a crash ends all processes of the server, and every session and new connection gets an error", async () => {
  await using one = await connect();
  await using waiting = await connect();
  const processes = await one.query("SELECT pid FROM pg_stat_activity");
  expect(processes.length).toBeGreaterThan(4);
  const sleeping = harnessError(waiting.tryExecute("SELECT pg_sleep(20)"));
  await server.crash();

  expect(processes.filter(({ pid }) => readStartTime(Number(pid)) !== undefined)).toEqual([]);
  expect((await sleeping).message).toMatch(/^The server went away during: SELECT pg_sleep/);
  expect((await harnessError(one.query("SELECT 1"))).message).toMatch(/^The server went away during: SELECT 1/);
  expect((await harnessError(connect())).message).toMatch(/^No connection to the database postgres/);

  await server.restart();
  await using after = await connect();
  expect(await after.query("SELECT 1 AS one")).toEqual([{ one: "1" }]);
  expect((await harnessError(one.query("SELECT 1"))).message).toMatch(/^The server went away/);
});

test("crashing a server that is down and restarting one that is up has no effect", async () => {
  await server.crash();
  await server.crash();
  await server.restart();
  await using session = await connect();
  await server.restart();

  expect(await session.query("SELECT 1 AS one")).toEqual([{ one: "1" }]);
});

test.each([
  ["that is down", async (crashed: typeof server) => await crashed.crash()],
  [
    "that is restarting",
    async (crashed: typeof server) => {
      await crashed.crash();
      void crashed.restart();
    },
  ],
])("disposing of a server %s removes it completely", async (_, act) => {
  const other = await startEmbedded({ settings: crashSafeSettings });
  const folder = dirname(String(other.connection("postgres").host));
  await act(other);
  await other[Symbol.asyncDispose]();

  expect(existsSync(folder)).toBe(false);
  expect(readdirSync(dirname(folder))).toContain(
    dirname(String(server.connection("postgres").host))
      .split("/")
      .at(-1),
  );
  await expect(other.restart()).rejects.toThrow(/disposed of/);
});

test("a failed restart is reported, and can be repeated", async () => {
  const starts = ["up", "down", "up"];
  const restartable = await startRestartable(async () => {
    if (starts.shift() === "down") throw new HarnessError("it does not start", "Try again");

    return { stop: async () => undefined, kill: async () => undefined };
  });
  await restartable.crash();

  expect((await harnessError(restartable.restart())).message).toBe("it does not start");
  await restartable.restart();
  expect(starts).toEqual([]);
});
