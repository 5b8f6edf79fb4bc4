/**
 * Builds the program into dist/ whenever a source differs from what was built last. Files are replaced one by one and
 * atomically, and the names of chunks depend on their content, so that builds and runs at the same time do not disturb
 * each other.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { configuration } from "./esbuild.config.js";

const root = import.meta.dirname;
const dist = join(root, "dist");
/** Holds the hash of the sources that dist/ was built from. */
const stamp = join(dist, ".sources");
/** Projects of migration tools that tests run. */
const samples = join("harness", "recording", "tools");
/** A program that started before the build may still load its own chunks. */
const keepChunksMs = 24 * 60 * 60 * 1000;

/** @throws {Error} if a source does not compile, or dist/ cannot be written */
export async function buildIfChanged() {
  const hash = hashSources();
  if (readStamp() !== hash) await buildAll(hash, keepChunksMs);
}

/** Builds what is packed: nothing else is left in dist/, and what is running finds its files there all the while. */
async function buildForPacking() {
  await buildAll(hashSources(), 0);
  rmSync(join(dist, "types"), { recursive: true, force: true });
}

/**
 * @param {string} hash of the sources
 * @param {number} keepMs how long chunks that are no longer built stay
 */
async function buildAll(hash, keepMs) {
  const { build } = await import("esbuild");
  const { outputFiles = [] } = await build({ ...configuration, write: false });
  const own = outputFiles.filter(({ path }) => !path.startsWith(join(dist, samples)));
  try {
    for (const { path, contents } of own) writeAtomically(path, contents);
    removeOthers(new Set(own.map(({ path }) => path)), keepMs);
    writeAtomically(stamp, hash);
  } catch (cause) {
    throw new Error(`dist/ differs from the sources and cannot be built: ${cause.message}`, { cause });
  }
}

function hashSources() {
  const sources = ["harness", "properties", "benchmarks"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .map((file) => join(folder, file))
      .filter((file) => /(?<!\.test)\.(?:ts|sql)$/.test(file) && !file.startsWith(samples)),
  );
  const hash = createHash("sha1");
  for (const file of [...sources.sort(), "package-lock.json", "esbuild.config.js", "build.js"]) {
    // Whatever changes a file changes its ctime; reading all of them would take as long as starting.
    const { size, ctimeMs } = statSync(join(root, file));
    hash.update(`${file} ${size} ${ctimeMs}\n`);
  }

  return hash.digest("hex");
}

function readStamp() {
  try {
    return readFileSync(stamp, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * @param {string} file
 * @param {string | Uint8Array} contents
 */
function writeAtomically(file, contents) {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, contents);
  renameSync(draft, file);
}

/**
 * @param {ReadonlySet<string>} built
 * @param {number} keepMs
 */
function removeOthers(built, keepMs) {
  for (const name of readdirSync(dist, { recursive: true })) {
    const file = join(dist, name);
    const stats = statSync(file, { throwIfNoEntry: false });
    const isDraft = name.endsWith(".tmp");
    const ageMs = Date.now() - (stats?.mtimeMs ?? 0);
    const isInUse = (isDraft || /^chunks\b/.test(name)) && ageMs < (isDraft ? keepChunksMs : keepMs);
    // The declarations in types/ are built by `npm pack` alone.
    const isKept = built.has(file) || isInUse || name.startsWith("types");
    if (stats?.isFile() && !isKept) rmSync(file, { force: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  await (process.argv.includes("--clean") ? buildForPacking() : buildIfChanged());
}
