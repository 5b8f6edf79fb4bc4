import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Client, type ClientConfig } from "pg";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Server } from "../../database/server.ts";
import { HarnessError } from "../../errors.ts";
import { createTemporaryFolder } from "../../testing/temporary-directory.ts";
import { findServerAccount } from "./account.ts";
import { findRunRoot } from "./directories.ts";
import { startEmbedded } from "./embedded.ts";

// Every account may enter /tmp; a test's own temporary folder may be closed to the server's.
const folder = createTemporaryFolder({}, "/tmp");
const cache = join(folder, "cache");
const temp = createTemporaryFolder({}, dirname(findRunRoot(findServerAccount())));

beforeEach(() => {
  for (const open of [folder, temp]) chmodSync(open, 0o755);
  vi.stubEnv("PLUMBLINE_CACHE", cache);
  vi.stubEnv("PLUMBLINE_TEMP", temp);
});
afterEach(() => vi.unstubAllEnvs());

test("a server has the given settings, requires its password, and leaves nothing behind", async () => {
  vi.stubEnv("PGOPTIONS", "-c search_path=elsewhere");
  const server = await startEmbedded({ settings: { work_mem: "7MB", fsync: "on" } });
  try {
    const rows = await query(
      server.connection("postgres"),
      `select current_setting('work_mem') work_mem, current_setting('fsync') fsync,
       current_setting('autovacuum') autovacuum, current_setting('lock_timeout') lock_timeout,
       current_setting('search_path') search_path, current_setting('server_version') version,
       lower('ÄÖ') lower, 'a' < 'B' a_before_b`,
    );
    expect(rows[0]).toEqual({
      work_mem: "7MB",
      fsync: "on",
      autovacuum: "off",
      lock_timeout: "0",
      search_path: '"$user", public',
      version: server.version,
      lower: "äö",
      a_before_b: false,
    });
    await expect(query({ ...server.connection("postgres"), password: "guess" }, "select 1")).rejects.toThrow(
      /password authentication failed/,
    );
  } finally {
    await server[Symbol.asyncDispose]();
  }
  await server[Symbol.asyncDispose]();
  expect(leftovers()).toEqual([]);
  await expect(query(server.connection("postgres"), "select 1")).rejects.toThrow(/ENOENT|ECONNREFUSED/);
});

test("two servers started at once share the cache and nothing else", async () => {
  rmSync(cache, { recursive: true, force: true });
  const [one, other] = await Promise.all([startEmbedded(), startEmbedded()]);
  try {
    await query(one.connection("postgres"), "create database shared_name");
    await query(other.connection("postgres"), "create database shared_name");
    expect(one.connection("postgres").password).not.toBe(other.connection("postgres").password);
  } finally {
    await Promise.all([one[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
  }
  expect(leftovers()).toEqual([]);
});

const damages: readonly (readonly [string, () => void])[] = [
  ["a file cut short", () => truncateSync(join(cluster(), "content/data/global/pg_control"), 100)],
  ["a file missing", () => rmSync(join(cluster(), "content/data/PG_VERSION"))],
  ["no manifest", () => rmSync(join(cluster(), "manifest.json"))],
  ["half a manifest", () => truncateSync(join(cluster(), "manifest.json"), 500)],
  ["the right sizes and a wrong content", () => writeFileSync(pgControl(), Buffer.alloc(8192))],
];

test.each(damages)("a cached cluster with %s is built again", async (_, damage) => {
  await (await startEmbedded())[Symbol.asyncDispose]();
  damage();
  expect(await progressOfStart()).toContainEqual(expect.stringContaining("creating a cluster"));
  expect(await progressOfStart()).toEqual([]);
  expect(leftovers()).toEqual([]);
});

test("binaries with a missing library are installed again", async () => {
  await (await startEmbedded())[Symbol.asyncDispose]();
  const [build = ""] = readdirSync(join(cache, "postgresql"));
  const lib = join(cache, "postgresql", build, "content/lib");
  rmSync(join(lib, readdirSync(lib).find((name) => name.startsWith("libpq.")) ?? ""));
  expect(await progressOfStart()).toEqual([expect.stringContaining("installing PostgreSQL")]);
});

test("an invalid setting is reported in PostgreSQL's words, and the cluster is kept", async () => {
  const progress: string[] = [];
  const failure = await failureOf(
    startEmbedded({ settings: { work_mme: "1" }, onProgress: (text) => progress.push(text) }),
  );
  expect(failure.message).toContain('unrecognized configuration parameter "work_mme"');
  expect(failure.remedy).toContain("settings");
  expect(progress).toEqual([]);
  expect(leftovers()).toEqual([]);
});

test("if the path is too long for a socket, the server listens on the loopback interface", async () => {
  const deep = join(temp, "d".repeat(90));
  mkdirSync(deep);
  vi.stubEnv("PLUMBLINE_TEMP", deep);
  const server = await startEmbedded();
  try {
    expect(server.connection("postgres").host).toBe("127.0.0.1");
    expect(await query(server.connection("postgres"), "select 1 one")).toEqual([{ one: 1 }]);
  } finally {
    await server[Symbol.asyncDispose]();
    rmSync(deep, { recursive: true });
  }
});

test("a missing temporary folder is named in the error", async () => {
  vi.stubEnv("PLUMBLINE_TEMP", join(folder, "nowhere"));
  const failure = await failureOf(startEmbedded());
  expect(failure.message).toContain(join(folder, "nowhere"));
  expect(failure.remedy).toContain("PLUMBLINE_TEMP");
});

test("a cache folder that cannot be created is named in the error", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  const failure = await failureOf(startEmbedded({ cacheFolder: join(file, "cache") }));
  expect(failure.message).toContain(join(file, "cache"));
});

test.runIf(process.getuid?.() === 0)("a cache that the server's account cannot enter is rejected", async () => {
  const closed = join(folder, "closed");
  mkdirSync(closed, { mode: 0o700 });
  const failure = await failureOf(startEmbedded({ cacheFolder: join(closed, "cache") }));
  expect(failure.message).toContain(`may not enter ${closed}`);
  expect(failure.remedy).toContain("PLUMBLINE_CACHE");
});

test("an unsupported major version is rejected", async () => {
  expect((await failureOf(startEmbedded({ major: 12 }))).message).toContain("PostgreSQL 12");
});

async function query(config: ClientConfig, sql: string): Promise<unknown[]> {
  const client = new Client(config);
  try {
    await client.connect();

    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function progressOfStart(): Promise<string[]> {
  const progress: string[] = [];
  const server = await startEmbedded({ onProgress: (text) => progress.push(text) });
  const answer = await query(server.connection("postgres"), "select 1 one").finally(() =>
    server[Symbol.asyncDispose](),
  );
  expect(answer).toEqual([{ one: 1 }]);

  return progress;
}

async function failureOf(start: Promise<Server>): Promise<HarnessError> {
  const thrown = await start.catch((reason: unknown) => reason);
  if (thrown instanceof HarnessError) return thrown;
  throw new Error("expected a HarnessError", { cause: thrown });
}

/** The entries of the run root and of the folder for builds. */
function leftovers(): string[] {
  return [join(temp, `plumbline-${process.getuid?.()}`), join(cache, "building")].flatMap((root) =>
    existsSync(root) ? readdirSync(root) : [],
  );
}

function cluster(): string {
  const [name = ""] = readdirSync(join(cache, "clusters"));

  return join(cache, "clusters", name);
}

function pgControl(): string {
  return join(cluster(), "content/data/global/pg_control");
}
