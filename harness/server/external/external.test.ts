import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Recipe } from "../../database/database-provider.ts";
import { Databases } from "../../database/databases.ts";
import { Pool } from "../../database/pool.ts";
import type { Server } from "../../database/server.ts";
import { HarnessError } from "../../errors.ts";
import { createTemporaryFolder } from "../../testing/temporary-directory.ts";
import { startEmbedded } from "../embedded/embedded.ts";
import { startServer } from "../start.ts";
import { cleanExternal, openExternal } from "./external.ts";

const launcher = join(import.meta.dirname, "../../../bin/pg-plumbline.js");
const recipe: Recipe = {
  parts: ["one table"],
  build: async (session) => void (await session.query("CREATE TABLE marks (mark integer)")),
};

/** The user's server: an embedded one. */
let theirs: Server;
let administrator: Client;

beforeAll(async () => {
  theirs = await startEmbedded();
  administrator = new Client(theirs.connection("template1"));
  await administrator.connect();
  await administrator.query(`CREATE ROLE plain LOGIN CREATEDB PASSWORD 'secret';
    CREATE ROLE barred LOGIN PASSWORD 'secret';
    CREATE ROLE cramped LOGIN CREATEDB PASSWORD 'secret' CONNECTION LIMIT 5;
    ALTER ROLE plain SET search_path = elsewhere;
    ALTER ROLE plain SET default_transaction_read_only = on`);
});
afterAll(async () => {
  await administrator.end();
  await theirs[Symbol.asyncDispose]();
});
beforeEach(async () => {
  expect(await ours()).toEqual([]);
});

function addressOf(role: string, { password = "secret", database = "postgres" } = {}): string {
  const { host, port } = theirs.connection("postgres");

  return `postgres://${role}:${password}@/${database}?host=${host}&port=${port}`;
}

async function ours(): Promise<readonly string[]> {
  const { rows } = await administrator.query<{ name: string }>(
    "SELECT datname AS name FROM pg_database WHERE datname LIKE 'plumbline%' ORDER BY 1",
  );

  return rows.map(({ name }) => name);
}

async function sessionsOfRuns(): Promise<number> {
  const { rows } = await administrator.query("SELECT FROM pg_stat_activity WHERE application_name ~ '^plumbline '");

  return rows.length;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 50_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`this did not happen in time: ${condition}`);
    await delay(20);
  }
}

async function openError(address: string, options = {}): Promise<HarnessError> {
  const thrown = await openExternal(address, options).then(
    async (server) => await server[Symbol.asyncDispose](),
    (error: unknown) => error,
  );
  if (!(thrown instanceof HarnessError)) throw new Error("it was accepted");
  expect(thrown.message).not.toContain("secret");

  return thrown;
}

test("a role that may only create databases works in its own, and leaves none", async () => {
  await using server = await openExternal(addressOf("plain"));
  {
    await using databases = new Databases(server);
    await using database = await databases.clone(recipe);
    const session = await database.connect();
    await session.query("INSERT INTO marks VALUES (1)");
    const [row] = await session.query("SELECT current_user, current_database() AS database FROM marks");
    expect(row).toEqual({ current_user: "plain", database: database.name });
    expect(database.name).toContain(server.tenancy?.run);
  }
  expect(await ours()).toEqual([]);
  expect(server).toMatchObject({ kind: "external", version: theirs.version });
});

test("disposing of the server drops the remaining databases", async () => {
  const server = await openExternal(addressOf("plain"));
  const databases = new Databases(server);
  await databases.clone(recipe);
  expect((await ours()).length).toBeGreaterThan(0);
  await server[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  expect(await ours()).toEqual([]);
});

test("two runs that need the same template do not share it", async () => {
  const addresses = [addressOf("plain"), addressOf("plain")];
  const names = await Promise.all(
    addresses.map(async (address) => {
      await using server = await openExternal(address);
      await using databases = new Databases(server);
      await using database = await databases.clone(recipe);
      const session = await database.connect();
      expect(await session.query("SELECT FROM marks")).toEqual([]);

      return database.name;
    }),
  );
  expect(new Set(names).size).toBe(2);
});

describe("the databases of an interrupted run are dropped", () => {
  test("but not those of active runs, of similar names or of other roles", async () => {
    const looksLikeOurs = ["plumbline_c_theirs_1", "plumbline_notes", "plumbline_t_0123456789abcdef"];
    const left = "plumbline_c_00c0ffee_00c0ffee_1";
    const ofAnother = "plumbline_c_00c0ffee_00c0ffee_2";
    for (const name of [...looksLikeOurs, left]) {
      await administrator.query(`CREATE DATABASE ${name} OWNER plain`);
    }
    await administrator.query(`CREATE DATABASE ${ofAnother}`);
    {
      await using server = await openExternal(addressOf("plain"));
      await using databases = new Databases(server);
      await using database = await databases.clone(recipe);
      expect(await cleanExternal(addressOf("plain"))).toMatchObject({ removed: [left], left: [] });
      expect(await (await database.connect()).query("SELECT FROM marks")).toEqual([]);
    }
    expect(await ours()).toEqual([ofAnother, ...looksLikeOurs].sort());
    for (const name of [...looksLikeOurs, ofAnother]) await administrator.query(`DROP DATABASE ${name}`);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by the run itself after %s", async (signal, code) => {
    const run = startVerify();
    await until(async () => (await ours()).length > 2);
    run.kill(signal);
    expect(await once(run, "exit")).toEqual([code, null]);
    expect(await ours()).toEqual([]);
  });

  test("by `clean` after SIGKILL", async () => {
    const run = startVerify();
    await until(async () => (await ours()).length > 2);
    run.kill("SIGKILL");
    await once(run, "exit");
    // A session that lost its client first finishes its statement.
    await until(async () => (await sessionsOfRuns()) === 0);
    const left = await ours();
    expect(left.length).toBeGreaterThan(0);
    const output = execFileSync(process.execPath, [launcher, "clean", "--server", "external"], {
      env: { ...process.env, DATABASE_URL: addressOf("plain") },
      encoding: "utf8",
    });
    for (const name of left) expect(output).toContain(`removed ${name}`);
    expect(await ours()).toEqual([]);
  });

  function startVerify() {
    return spawn(process.execPath, [launcher, "verify", "--server", "external", "--only", "R1", "--quiet"], {
      env: { ...process.env, DATABASE_URL: addressOf("plain") },
      stdio: "ignore",
    });
  }
});

test("a migration that changes the whole server is not run on the user's", async () => {
  const folder = createTemporaryFolder({ "m/1_a.up.sql": "SELECT 1;", "m/2_b.up.sql": "DROP DATABASE precious;" });
  await administrator.query("CREATE DATABASE precious OWNER plain");
  const words = [launcher, "verify", join(folder, "m"), "--only", "applies.1", "--server", addressOf("plain")];
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });

  expect(stderr).toContain("2_b.up.sql, line 1: DROP DATABASE precious changes the whole server");
  expect(status).toBe(2);
  await administrator.query("DROP DATABASE precious");
});

test("a database with other sessions looks like production, unless the user confirms otherwise", async () => {
  const other = new Client(theirs.connection("postgres"));
  await other.connect();
  try {
    expect(await openError(addressOf("plain"))).toMatchObject({
      message: expect.stringMatching(/looks like production: 1 other session is connected to the database postgres/),
      remedy: expect.stringContaining("--yes"),
    });
    await (await openExternal(addressOf("plain"), { yes: true }))[Symbol.asyncDispose]();
  } finally {
    await other.end();
  }
});

test.each([
  ["a wrong password", () => addressOf("plain", { password: "wrong" }), "the password was not accepted", "PGPASSWORD"],
  ["no password", () => addressOf("plain").replace(":secret", ""), "it requires a password", "PGPASSWORD"],
  ["no such database", () => addressOf("plain", { database: "none" }), "does not exist", "such as postgres"],
  ["no such socket", () => "postgres://plain:secret@/x?host=/nowhere", "socket is missing", "host and port"],
  ["nothing that listens", () => "postgres://plain:secret@127.0.0.1:1/x", "nothing listens", "host and port"],
  ["no such host", () => "postgres://plain:secret@host.invalid/x", "the host is not known", "host and port"],
  ["no right to create databases", () => addressOf("barred"), "does not let the role barred", "CREATEDB"],
  [
    "too few connections",
    () => addressOf("cramped"),
    "connections left for this role, and 30 are needed",
    "max_connections",
  ],
])("%s is reported with a remedy", async (_, address, what, remedy) => {
  expect(await openError(address())).toMatchObject({
    message: expect.stringContaining(what),
    remedy: expect.stringContaining(remedy),
  });
});

test("a server of another version than requested is reported", async () => {
  expect((await openError(addressOf("plain"), { major: 15 })).message).toContain("--postgres asks for 15");
});

test("without DATABASE_URL, external names no server", async () => {
  const env = process.env["DATABASE_URL"];
  delete process.env["DATABASE_URL"];
  try {
    await expect(startServer("external")).rejects.toThrow(/DATABASE_URL, which is not set/);
  } finally {
    if (env !== undefined) process.env["DATABASE_URL"] = env;
  }
});

test("a role that may only create databases reuses them", async () => {
  await using server = await openExternal(addressOf("plain"));
  await using pool = new Pool(new Databases(server));
  const use = async (): Promise<string> => {
    await using database = await pool.clone(recipe);
    const session = await database.connect();
    await session.query("INSERT INTO marks VALUES (1)");
    await session.query("CREATE FUNCTION left_here() RETURNS integer LANGUAGE sql AS 'SELECT 1'");

    return database.name;
  };

  expect(await use()).toBe(await use());
});

test("a role that may only create databases verifies calls, steps and rollbacks", () => {
  const release = join(import.meta.dirname, "../../../sql/hardened");
  const words = ["verify", "--release", release, "--only", "C2,K2,S3,M1,R2", "--runs", "2"];
  const output = execFileSync(process.execPath, [launcher, ...words, "--server", addressOf("plain")], {
    encoding: "utf8",
    cwd: tmpdir(),
  });

  expect(output).toMatch(/\d+ properties of \d+ rules: \d+ held\b/);
  expect(output).not.toMatch(/UNKNOWN|violated/);
}, 60_000);
