import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../database/database-provider.ts";
import { Databases } from "../database/databases.ts";
import type { Server } from "../database/server.ts";
import type { Session } from "../database/session.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { blockedOperations, LOCK_MODES, modesConflict, parseLockMode, strongerMode } from "./lock-modes.ts";

let server: Server;
let databases: Databases;
let database: Database;
let holder: Session;
let taker: Session;

beforeAll(async () => {
  server = await startEmbedded();
  databases = new Databases(server);
  database = await databases.clone({
    parts: ["lock modes"],
    build: async (session) => {
      await session.query("CREATE TABLE t (id int)");
    },
  });
  holder = await database.connect();
  taker = await database.connect();
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await databases[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test.each(LOCK_MODES)("%s conflicts with the same modes as on the server, and its spelling is parsed", async (held) => {
  await holder.query("BEGIN");
  await holder.query(`LOCK TABLE t IN ${held} MODE`);
  const [lock] = await holder.query(
    "SELECT mode FROM pg_locks WHERE relation = 't'::regclass AND pid = pg_backend_pid()",
  );
  const refused: string[] = [];
  for (const mode of LOCK_MODES) {
    const { error } = await taker.tryAndRollBack([`LOCK TABLE t IN ${mode} MODE NOWAIT`]);
    refused.push(...(error?.code === "55P03" ? [mode] : []));
  }
  await holder.query("ROLLBACK");

  expect(LOCK_MODES.filter((mode) => modesConflict(held, mode))).toEqual(refused);
  expect(parseLockMode(lock?.["mode"] ?? "")).toBe(held);
});

test("a mode blocks what readers and writers would wait for", () => {
  expect(LOCK_MODES.map((mode) => blockedOperations(mode))).toEqual([
    ...Array(4).fill("nothing"),
    ...Array(3).fill("writes"),
    "reads and writes",
  ]);
});

test("the stronger of two modes is the later one of the list, and other locks have no mode", () => {
  expect(strongerMode("SHARE", "ROW EXCLUSIVE")).toBe("SHARE");
  expect(strongerMode("ROW SHARE", "ACCESS EXCLUSIVE")).toBe("ACCESS EXCLUSIVE");
  expect(parseLockMode("SIReadLock")).toBeUndefined();
});
