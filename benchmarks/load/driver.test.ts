import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { createTemporaryFolder } from "../../harness/testing/temporary-directory.ts";
import { chooseDriver } from "./driver.ts";

const connection = { host: "localhost", port: 1, user: "tester", password: "hush", database: "none" };
const turn = { kind: "consume", organizations: 1, sessions: 1, calls: 1 } as const;

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Sets a PATH with this pgbench, or without any. */
async function pathWith(pgbench?: string): Promise<void> {
  const folder = createTemporaryFolder(pgbench === undefined ? {} : { pgbench: `#!/bin/sh\n${pgbench}\n` });
  if (pgbench !== undefined) {
    await chmod(join(folder, "pgbench"), 0o755);
  }
  vi.stubEnv("PATH", folder);
}

test("without pgbench Node makes the calls, and the reason is reported", async () => {
  await pathWith();

  expect((await chooseDriver(connection)).description).toEqual({
    name: "node",
    version: process.versions.node,
    because: "pgbench 15 or later is not installed",
  });
});

test("a pgbench that cannot retry a failed call is not used", async () => {
  await pathWith("echo 'pgbench (PostgreSQL) 14.20'");

  expect((await chooseDriver(connection)).description.name).toBe("node");
});

test("a pgbench that is requested and missing is an error with a remedy", async () => {
  await pathWith();

  await expect(chooseDriver(connection, "pgbench")).rejects.toMatchObject({
    name: "HarnessError",
    remedy: expect.stringContaining("Install PostgreSQL's client programs"),
  });
});

test("Node makes the calls if it is requested, whatever is installed", async () => {
  expect((await chooseDriver(connection, "node")).description).not.toHaveProperty("because");
});

test("a pgbench that fails is reported with the line that names the cause", async () => {
  await pathWith(
    `[ "$1" = --version ] && echo 'pgbench (PostgreSQL) 17.2' && exit; echo 'pgbench: error: no such server' >&2; echo 'pgbench: error: no client' >&2; exit 1`,
  );
  const driver = await chooseDriver(connection);

  expect(driver.description).toEqual({ name: "pgbench", version: "17.2" });
  await expect(driver.run(turn)).rejects.toMatchObject({
    name: "HarnessError",
    message: "pgbench failed: no such server",
  });
});

test("pgbench gets the password in its environment, without the caller's variables", async () => {
  vi.stubEnv("PGHOST", "elsewhere");
  vi.stubEnv("PGSERVICE", "another");
  await pathWith(
    `[ "$1" = --version ] && echo 'pgbench (PostgreSQL) 17.2' && exit; echo "$PGHOST/$PGSERVICE/$PGPASSWORD/$*" >&2; exit 1`,
  );
  const driver = await chooseDriver(connection);

  await expect(driver.run(turn)).rejects.toThrow(/^pgbench failed: localhost\/\/hush\/--no-vacuum (?!.*hush)/);
});
