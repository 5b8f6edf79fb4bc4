import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Server } from "../../database/server.ts";
import { Session } from "../../database/session.ts";
import { HarnessError } from "../../errors.ts";
import { isInstalled } from "../../testing/missing-programs.ts";
import { createTemporaryFolder } from "../../testing/temporary-directory.ts";
import { findServerAccount } from "../embedded/account.ts";
import { startEmbedded } from "../embedded/embedded.ts";
import { openExternal } from "./external.ts";

/** The server behind the pooler. */
let server: Server;

beforeAll(async () => {
  server = await startEmbedded();
  await using session = await Session.open(server.connection("postgres"));
  await session.query("CREATE ROLE plain LOGIN CREATEDB PASSWORD 'secret'");
});
afterAll(async () => await server[Symbol.asyncDispose]());

describe.skipIf(!isInstalled("pgbouncer"))("a pooler is rejected", () => {
  test.each([
    ["transaction", "", /it is a pooler/],
    ["transaction", "ignore_startup_parameters = options", /behind a pooler, which does not preserve/],
    ["session", "ignore_startup_parameters = options", /behind a pooler, which does not preserve/],
  ])("in %s mode with %j", async (mode, more, message) => {
    const folder = createTemporaryFolder({}, "/tmp");
    chmodSync(folder, 0o777);
    const running = startPooler(folder, mode, more);
    try {
      expect((await errorOnceUp()).message).toMatch(message);
    } finally {
      running.kill("SIGKILL");
      await once(running, "exit");
    }
  });

  async function errorOnceUp(): Promise<HarnessError> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const opening = openExternal("postgres://plain:secret@127.0.0.1:16543/postgres");
      const found = await opening.then(
        () => new Error("it was accepted"),
        (error: unknown) => error,
      );
      if (!(found instanceof HarnessError)) throw found;
      if (!found.message.includes("nothing listens") || Date.now() > deadline) return found;
      await delay(20);
    }
  }
});

function startPooler(folder: string, mode: string, more: string) {
  const { host, port } = server.connection("postgres");
  const file = join(folder, "pooler.ini");
  writeFileSync(
    file,
    `[databases]
* = host=${host} port=${port} user=plain password=secret
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = 16543
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
${more}
`,
  );
  const { dropped, uid, gid } = findServerAccount();

  return spawn("pgbouncer", [file], { stdio: "ignore", ...(dropped ? { uid, gid } : {}) });
}
