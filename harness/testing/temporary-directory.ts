/**
 * Creates folders for tests, and removes them after the tests of the file.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

const created: string[] = [];

function removeAll(): void {
  for (const folder of created.splice(0)) rmSync(folder, { recursive: true, force: true });
}

// Vitest evaluates this module once for each test file, and runs the hook that was registered first last. It runs no
// hook where a file fails to load or all of its tests are skipped: then the end of the process removes the folders.
afterAll(removeAll);
process.once("exit", removeAll);

/**
 * A new folder, absolute.
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
