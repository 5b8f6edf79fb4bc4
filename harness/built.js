/**
 * The program as one JavaScript file with its packages, put together anew whenever a source has changed: Node 20 runs no
 * TypeScript, and tsx, which turns file by file while it starts, takes as long for it as memory does for all its
 * verdicts. Where nothing can be kept, it is tsx all the same.
 */
import { createHash, randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { loadCompiled } from "./compiled.js";
import { newestFirst } from "./newest-first.js";
import { wherePossible } from "./where-possible.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** What can be started. */
const ENTRIES = ["harness/cli.ts", "benchmarks/self/bench.ts"];
const SOURCES = ["harness", "properties", "benchmarks"];
/** Packages that look for files of their own, or that need not be there: they stay where they are. */
const EXTERNAL = ["libpg-query", "@testcontainers/postgresql", "testcontainers", "pg-native"];
/** Beside the packages that it imports. */
const KEPT = join(ROOT, "node_modules/.cache/plumbline");
/** What was not started for so long is removed: who runs it has read it. */
const KEPT_MS = 10 * 60 * 1000;
/** And what is older than so many others. */
const KEPT_MAX = 4;
/** How a folder is called until it is whole. */
const MAKING = "making-";
/** What is loaded by its path, and not by an import that can be followed. */
const BY_PATH =
  /\.(?:property|operator|gate)\.ts$|^properties\/credits\/world\.ts$|^benchmarks\/load\/[^/.]+\.ts$/;
/** The one file that loads by a path. */
const LOADER = /harness\/files\/import-module\.ts$/;

/**
 * The program that begins with this source.
 * @param {"harness/cli.ts" | "benchmarks/self/bench.ts"} entry
 * @returns {Promise<any>} what the source exports
 */
export async function built(entry) {
  const sources = sourcesOf();
  const folder = join(KEPT, stateOf(sources));
  const file = join(folder, entry.replace(/\.ts$/, ".cjs"));
  const isThere = existsSync(folder);
  if (isThere) wherePossible(() => utimesSync(folder, new Date(), new Date()));
  let script = wholeIn(file);
  if (script === undefined) {
    // What is damaged is made anew.
    if (isThere) wherePossible(() => rmSync(folder, { recursive: true }));
    await build(sources, folder);
    script = wholeIn(file);
  }
  if (script !== undefined) return loadCompiled(file, script);
  const { register } = await import("tsx/esm/api");
  register();

  return await import(pathToFileURL(join(ROOT, entry)).href);
}

/**
 * @param {string} file
 * @returns {string | undefined} the script; undefined where it cannot be read, or its end is missing
 */
function wholeIn(file) {
  const text = wherePossible(() => readFileSync(file, "utf8"));

  return text?.trimEnd().endsWith(`sourceMappingURL=${basename(file)}.map`) ? text : undefined;
}

/** @returns {string[]} the paths of the sources from the root on */
function sourcesOf() {
  return SOURCES.flatMap((name) =>
    readdirSync(join(ROOT, name), { recursive: true })
      .map((file) => `${name}/${file}`)
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts")),
  ).sort();
}

/** What npm last installed, in its own words. */
const INSTALLED = "node_modules/.package-lock.json";

/**
 * @param {readonly string[]} sources
 * @returns {string} the same for the same sources of the same age in the same place, with the same packages
 */
function stateOf(sources) {
  const hash = createHash("sha1").update(`${ROOT} ${process.version}\n`);
  for (const file of [...sources, "package.json", INSTALLED, "harness/built.js"]) {
    const { size, ctimeMs } = statSync(join(ROOT, file), { throwIfNoEntry: false }) ?? {};
    hash.update(`${file} ${size} ${ctimeMs}\n`);
  }

  return hash.digest("hex");
}

/**
 * Puts the program together, where it can be written and every source be read. A folder is there whole or not at all,
 * whoever else does the same.
 * @param {readonly string[]} sources
 * @param {string} folder
 */
async function build(sources, folder) {
  const made = makeFolder();
  if (made === undefined) return;
  const { build: bundle, stop } = await import("esbuild");
  try {
    await bundle({
      absWorkingDir: ROOT,
      entryPoints: ENTRIES,
      outdir: made,
      outbase: ".",
      bundle: true,
      format: "cjs",
      outExtension: { ".js": ".cjs" },
      platform: "node",
      target: "node20",
      external: EXTERNAL,
      // As in Node 21: without it, pg loads all of fetch to find out whether it runs at Cloudflare.
      define: { navigator: JSON.stringify({ userAgent: "Node.js" }) },
      // A script that is compiled by itself has no import().
      supported: { "dynamic-import": false },
      sourcemap: "linked",
      sourcesContent: false,
      logLevel: "silent",
      plugins: [inPlace(sources.filter((file) => BY_PATH.test(file)))],
    });
    renameSync(made, folder);
  } catch (thrown) {
    wherePossible(() => rmSync(made, { recursive: true }));
    // Tsx tells what is wrong with a source; or somebody else was faster.
    if (!(thrown instanceof Error && "errors" in thrown) && !existsSync(folder)) throw thrown;
  } finally {
    await stop();
  }
}

/** @returns {string | undefined} a new folder; undefined where none can be made */
function makeFolder() {
  return wherePossible(() => {
    mkdirSync(KEPT, { recursive: true });
    const kept = newestFirst(KEPT);
    const whole = kept.filter(({ name }) => !name.startsWith(MAKING));
    const old = kept.filter(({ mtimeMs }) => Date.now() - mtimeMs > KEPT_MS);
    for (const { name } of new Set([...old, ...whole.slice(KEPT_MAX)])) {
      rmSync(join(KEPT, name), { recursive: true });
    }

    const made = join(KEPT, `${MAKING}${randomUUID()}`);
    // For whoever may read the sources.
    mkdirSync(made);

    return made;
  });
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
      onLoad({ filter: /[\\/]node_modules[\\/].*\.[cm]?js$/ }, async ({ path }) => {
        // Of a package a trace names the file alone: its lines would be most of the map, which is read at each start.
        const map = btoa(JSON.stringify({ version: 3, sources: [basename(path)], mappings: "AAAA" }));
        const text = await readFile(path, "utf8");

        return {
          contents: `${text}\n//# sourceMappingURL=data:application/json;base64,${map}`,
          loader: "js",
        };
      });
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, "utf8");
        const here = JSON.stringify(pathToFileURL(path).href);

        return { contents: text.replaceAll("import.meta.url", () => here), loader: "ts" };
      });
    },
  };
}
