/**
 * Creates folders for tests, and removes them after the tests of the file.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

const created: string[] = [];

// Vitest evaluates this module once for each test file, and runs the hook that was registered first last.
afterAll(() => {
  for (const folder of created.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/**
 * A new folder, absolute. Call it in a test or hook where the suite may be skipped: no hook runs then.
 * @param files the content of its files by path
 * @param parent for servers, whose socket paths must be short; default the system's temporary directory
 */
export function createTemporaryFolder(
  files: Readonly<Record<string, string | Uint8Array>> = {},
  parent = tmpdir(),
): string {
  const folder = mkdtempSync(join(parent, "pt-"));
  created.push(folder);

  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }

  return folder;
}
