/**
 * The program as JavaScript, put together anew whenever a source has changed: Node 20 runs no TypeScript, and tsx, which
 * turns file by file while it starts, takes as long for it as memory does for all its verdicts. Where nothing can be
 * kept, it is tsx all the same.
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** What can be started. */
const ENTRIES = ["harness/cli.ts", "benchmarks/harness/bench.ts"];
const SOURCES = ["harness", "properties", "benchmarks"];
/** Beside the packages that it imports. */
const KEPT = join(ROOT, "node_modules/.cache/plumbline");
/** What was not started for so long is removed; none runs longer. */
const KEPT_MS = 24 * 60 * 60 * 1000;
/** What is loaded by its path, and not by an import that can be followed. */
const BY_PATH = /\.(?:property|operator|gate)\.ts$|^properties\/world\.ts$|^benchmarks\/load\/[^/.]+\.ts$/;
/** The one file that loads by a path. */
const LOADER = /harness\/module-at\.ts$/;

/**
 * Where the program is that begins with this source.
 * @param {"harness/cli.ts" | "benchmarks/harness/bench.ts"} entry
 * @returns {Promise<string>} the URL of a module that can be imported
 */
export async function built(entry) {
  const sources = sourcesOf();
  const folder = join(KEPT, stateOf(sources));
  if (existsSync(folder)) {
    wherePossible(() => utimesSync(folder, new Date(), new Date()));
  } else if (!(await build(sources, folder))) {
    const { register } = await import("tsx/esm/api");
    register();

    return pathToFileURL(join(ROOT, entry)).href;
  }
  // A trace names the line that one reads.
  process.setSourceMapsEnabled(true);

  return pathToFileURL(join(folder, entry.replace(/\.ts$/, ".js"))).href;
}

/** @returns {string[]} the paths of the sources from the root on */
function sourcesOf() {
  return SOURCES.flatMap((name) =>
    readdirSync(join(ROOT, name), { recursive: true })
      .map((file) => `${name}/${file}`)
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts")),
  ).sort();
}

/**
 * @param {readonly string[]} sources
 * @returns {string} the same for the same sources of the same age in the same place
 */
function stateOf(sources) {
  const hash = createHash("sha1").update(`${ROOT} ${process.version}\n`);
  for (const file of [...sources, "package.json", "harness/built.js"]) {
    const { size, mtimeMs } = statSync(join(ROOT, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }

  return hash.digest("hex");
}

/**
 * Puts the program together. A folder is there whole or not at all, whoever else does the same.
 * @param {readonly string[]} sources
 * @param {string} folder
 * @returns {Promise<boolean>} false where it cannot be written, or a source cannot be read: tsx tells what is wrong with it
 */
async function build(sources, folder) {
  const made = makeFolder();
  if (made === undefined) return false;
  const { build: bundle, stop } = await import("esbuild");
  try {
    await bundle({
      absWorkingDir: ROOT,
      entryPoints: ENTRIES,
      outdir: made,
      outbase: ".",
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node20",
      packages: "external",
      sourcemap: "linked",
      sourcesContent: false,
      logLevel: "silent",
      plugins: [inPlace(sources.filter((file) => BY_PATH.test(file)))],
    });
    renameSync(made, folder);
  } catch (thrown) {
    rmSync(made, { recursive: true });
    if (thrown instanceof Error && "errors" in thrown) return false;
    // Somebody else was faster.
    if (!existsSync(folder)) throw thrown;
  } finally {
    await stop();
  }

  return true;
}

/** @returns {string | undefined} a new folder; undefined where none can be made */
function makeFolder() {
  return wherePossible(() => {
    mkdirSync(KEPT, { recursive: true });
    for (const name of readdirSync(KEPT)) {
      const old = join(KEPT, name);
      if (Date.now() - statSync(old).mtimeMs > KEPT_MS) rmSync(old, { recursive: true });
    }

    return mkdtempSync(join(KEPT, "making-"));
  });
}

/**
 * What the file system lets one do: an installation may be somebody else's, and a disk full.
 * @template Made
 * @param {() => Made} work
 * @returns {Made | undefined}
 */
function wherePossible(work) {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown) return undefined;
    throw thrown;
  }
}

/**
 * A source goes on to find what lies beside it, and what is loaded by its path is found in what was put together.
 * @param {readonly string[]} byPath
 * @returns {import("esbuild").Plugin}
 */
function inPlace(byPath) {
  const paths = byPath.map((file) => JSON.stringify(join(ROOT, file)));
  const loader = `const known = { ${paths.map((path) => `${path}: () => import(${path})`).join(",\n")} };
export async function moduleAt(file) {
  if (known[file] === undefined) throw new Error(file + " is loaded by its path: built.js must know of it");
  return await known[file]();
}`;

  return {
    name: "in-place",
    setup({ onLoad }) {
      onLoad({ filter: LOADER }, () => ({ contents: loader, loader: "js" }));
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, "utf8");
        const here = JSON.stringify(pathToFileURL(path).href);

        return { contents: text.replaceAll("import.meta.url", here), loader: "ts" };
      });
    },
  };
}
