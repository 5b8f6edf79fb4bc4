import { existsSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Session } from "../../database/session.ts";
import { HarnessError } from "../../errors.ts";
import { startOf } from "../process/processes.ts";
import { crashSafe } from "../settings.ts";
import { startEmbedded } from "./embedded.ts";
import { listedInPs, listedInStat } from "./kill-process-tree.ts";
import { startRestartable } from "./restartable.ts";

const server = await startEmbedded({ settings: crashSafe });
afterAll(async () => await server[Symbol.asyncDispose]());

const connect = () => Session.open(server.connection("postgres"));

async function troubleOf(work: Promise<unknown>): Promise<HarnessError> {
  const outcome = await work.then(
    () => "it succeeded",
    (error: unknown) => error,
  );
  if (outcome instanceof HarnessError) return outcome;
  throw new Error("expected a HarnessError", { cause: outcome });
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

test("a crash leaves no process of the server, and is told to whoever was connected or tries to be", async () => {
  await using one = await connect();
  await using waiting = await connect();
  const processes = await one.query("SELECT pid FROM pg_stat_activity");
  expect(processes.length).toBeGreaterThan(4);
  const asleep = troubleOf(waiting.attempt("SELECT pg_sleep(20)"));
  await server.crash();

  expect(processes.filter(({ pid }) => startOf(Number(pid)) !== undefined)).toEqual([]);
  expect((await asleep).message).toMatch(/^The server went away during: SELECT pg_sleep/);
  expect((await troubleOf(one.query("SELECT 1"))).message).toMatch(/^The server went away during: SELECT 1/);
  expect((await troubleOf(connect())).message).toMatch(/^No connection to the database postgres/);

  await server.restart();
  await using after = await connect();
  expect(await after.query("SELECT 1 AS one")).toEqual([{ one: "1" }]);
  expect((await troubleOf(one.query("SELECT 1"))).message).toMatch(/^The server went away/);
});

test("to crash what is down, and to start what is up, does nothing", async () => {
  await server.crash();
  await server.crash();
  await server.restart();
  await using session = await connect();
  await server.restart();

  expect(await session.query("SELECT 1 AS one")).toEqual([{ one: "1" }]);
});

test.each([
  ["a server that is down", async (crashed: typeof server) => await crashed.crash()],
  [
    "a server that is just coming up",
    async (crashed: typeof server) => {
      await crashed.crash();
      void crashed.restart();
    },
  ],
])("%s is disposed of without a trace", async (_, bring) => {
  const other = await startEmbedded({ settings: crashSafe });
  const folder = dirname(String(other.connection("postgres").host));
  await bring(other);
  await other[Symbol.asyncDispose]();

  expect(existsSync(folder)).toBe(false);
  expect(readdirSync(dirname(folder))).toContain(
    dirname(String(server.connection("postgres").host))
      .split("/")
      .at(-1),
  );
  await expect(other.restart()).rejects.toThrow(/disposed of/);
});

test("a server that does not come up again says so, and can be tried again", async () => {
  const starts = ["up", "down", "up"];
  const restartable = await startRestartable(async () => {
    if (starts.shift() === "down") throw new HarnessError("it does not start", "Try again");

    return { stop: async () => undefined, kill: async () => undefined };
  });
  await restartable.crash();

  expect((await troubleOf(restartable.restart())).message).toBe("it does not start");
  await restartable.restart();
  expect(starts).toEqual([]);
});

test("a process and its parent are read out of what the system says", () => {
  expect(listedInStat(7, "7 (a) b) c) T 3 7 7 0 -1 4194304")).toEqual({ pid: 7, parent: 3, state: "T" });
  expect(listedInStat(7, "")).toBeUndefined();
  expect(listedInPs("    1     0 Ss\n  412     1 T\nnonsense\n")).toEqual([
    { pid: 1, parent: 0, state: "Ss" },
    { pid: 412, parent: 1, state: "T" },
  ]);
});
