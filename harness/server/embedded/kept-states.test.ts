import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Server } from "../../database/server.ts";
import { Session } from "../../database/session.ts";
import { createTemporaryFolder } from "../../testing/temporary-directory.ts";
import type { KeptState } from "../process/settings.ts";
import { findServerAccount } from "./account.ts";
import { findRunRoot } from "./directories.ts";
import { startEmbedded, sweepEmbedded } from "./embedded.ts";
import { removeKeptStates } from "./kept-states.ts";

const account = findServerAccount();
// Every account may enter /tmp; a test's own temporary folder may be closed to the server's.
const folder = createTemporaryFolder({}, "/tmp");
const temp = createTemporaryFolder({}, dirname(findRunRoot(account)));
const cache = join(folder, "cache");

beforeEach(() => {
  for (const open of [folder, temp]) chmodSync(open, 0o755);
  rmSync(join(cache, "states"), { recursive: true, force: true });
  vi.stubEnv("PLUMBLINE_CACHE", cache);
  vi.stubEnv("PLUMBLINE_TEMP", temp);
});
afterEach(() => vi.unstubAllEnvs());

async function query(server: Server, sql: string): Promise<readonly unknown[]> {
  await using session = await Session.open(server.connection("postgres"));

  return await session.query(sql);
}

/** A state of marks: one for each of the keys that was not there before. */
function stateOf(keys: readonly string[], keepFromMs = 0): { readonly state: KeptState; readonly built: string[] } {
  const built: string[] = [];

  return {
    built,
    state: {
      keys,
      keepFromMs,
      prepare: async (server) => {
        await query(server, "CREATE TABLE IF NOT EXISTS marks (mark text)");
        for (const key of keys.toReversed()) {
          const found = await query(server, `SELECT FROM marks WHERE mark = '${key}'`);
          if (found.length > 0) continue;
          built.push(key);
          await query(server, `INSERT INTO marks VALUES ('${key}')`);
        }
      },
    },
  };
}

async function readMarks(state: KeptState): Promise<readonly unknown[]> {
  const server = await startEmbedded({ state });
  try {
    return await query(server, "SELECT mark FROM marks");
  } finally {
    await server[Symbol.asyncDispose]();
  }
}

const statesFolder = () => join(cache, "states");
const countStates = () => (existsSync(statesFolder()) ? readdirSync(statesFolder()).length : 0);

test("a state is built once, kept, and built on; the next run starts from a copy", async () => {
  const first = stateOf(["b", "a"]);
  expect(await readMarks(first.state)).toEqual([{ mark: "a" }, { mark: "b" }]);
  expect(first.built).toEqual(["a", "b"]);

  const again = stateOf(["b", "a"]);
  const server = await startEmbedded({ state: again.state });
  await query(server, "DELETE FROM marks");
  await server[Symbol.asyncDispose]();
  expect(await readMarks(again.state)).toEqual([{ mark: "a" }, { mark: "b" }]);
  expect(again.built).toEqual([]);

  const longer = stateOf(["c", "b", "a"]);
  expect(await readMarks(longer.state)).toEqual([{ mark: "a" }, { mark: "b" }, { mark: "c" }]);
  expect(longer.built).toEqual(["c"]);
  expect(countStates()).toBe(2);
  expect(readdirSync(temp).flatMap((root) => readdirSync(join(temp, root)))).toEqual([]);
});

test("a state that is built fast is not kept", async () => {
  const { state, built } = stateOf(["a"], 600_000);
  await readMarks(state);
  await readMarks(state);

  expect([built, countStates()]).toEqual([["a", "a"], 0]);
});

test("two runs that build the same state at once both have it, and one is kept", async () => {
  const [one, other] = [stateOf(["a"]), stateOf(["a"])];

  expect(await Promise.all([readMarks(one.state), readMarks(other.state)])).toEqual([[{ mark: "a" }], [{ mark: "a" }]]);
  expect(countStates()).toBe(1);
  expect(await readMarks(stateOf(["a"]).state)).toEqual([{ mark: "a" }]);
});

test("a state that cannot be built is an error, and neither a server nor a folder is left", async () => {
  const prepare = () => Promise.reject(new Error("no such table"));

  await expect(startEmbedded({ state: { keys: ["a"], prepare } })).rejects.toThrow("no such table");
  expect(countStates()).toBe(0);
  expect(readdirSync(temp).flatMap((root) => readdirSync(join(temp, root)))).toEqual([]);
});

test.each([
  ["a file that is shorter", (data: string) => truncateSync(join(data, "global", "pg_control"), 10)],
  [
    "a file with other contents",
    (data: string) => writeFileSync(join(data, "global", "pg_control"), Buffer.alloc(8192)),
  ],
])("a damaged state is not used, but built again: %s", async (_, damage) => {
  await readMarks(stateOf(["a"]).state);
  const [name = ""] = readdirSync(statesFolder());
  damage(join(statesFolder(), name, "content", "data"));
  const again = stateOf(["a"]);

  expect(await readMarks(again.state)).toEqual([{ mark: "a" }]);
  expect(again.built).toEqual(["a"]);
  expect(await readMarks(stateOf(["a"]).state)).toEqual([{ mark: "a" }]);
});

test("states that were not used for the longest time make room, and clean removes all", async () => {
  for (const [index, name] of ["old", "older", "new"].entries()) {
    mkdirSync(join(statesFolder(), name), { recursive: true });
    writeFileSync(join(statesFolder(), name, "file"), Buffer.alloc(100));
    utimesSync(join(statesFolder(), name), 0, [200, 100, 300][index] ?? 0);
  }

  expect(await removeKeptStates(cache, account, 250)).toEqual([join(statesFolder(), "older")]);
  expect((await sweepEmbedded()).removed).toEqual([join(statesFolder(), "new"), join(statesFolder(), "old")]);
  expect(countStates()).toBe(0);
});
