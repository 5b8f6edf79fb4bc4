/**
 * A script that V8 has compiled before: of some megabytes that takes longer than all that most commands do. The whole of
 * it is compiled once, and kept beside it; no package does this for Node 20 (Node 22 has `module.enableCompileCache`).
 */
import { createHash } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import Module, { createRequire, SourceMap } from "node:module";
import { basename, dirname, join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";
import { crc32 } from "node:zlib";
import { newestFirst } from "./newest-first.js";
import { wherePossible } from "./where-possible.js";

const CHECKSUM_BYTES = 4;
/** For so many choices of flags. */
const KEPT_MAX = 4;

/**
 * Runs a script as a CommonJS module. Traces name the lines of its sources.
 * @param {string} file with its source map beside it, as `.map`
 * @param {string} text what is in the file
 * @returns {any} what it exports
 */
export function loadCompiled(file, text) {
  nameSources(file);
  const module = { exports: {} };
  const run = compiled(file, text).runInThisContext();
  run(module.exports, createRequire(file), module, file, dirname(file));

  return module.exports;
}

/**
 * @param {string} file
 * @param {string} text
 */
function compiled(file, text) {
  const source = Module.wrap(text);
  // What was compiled with other flags is of no use.
  const flags = createHash("sha1").update(JSON.stringify([process.execArgv, process.env["NODE_OPTIONS"]]));
  const kept = `${file}.${flags.digest("hex")}`;
  const cachedData = wherePossible(() => whole(readFileSync(kept)));
  if (cachedData !== undefined) {
    const script = new Script(source, { filename: file, cachedData });
    // What cannot be used is made by the next run: in this one, V8 would give back what it has just compiled in haste.
    if (script.cachedDataRejected === true) wherePossible(() => rmSync(kept));

    return script;
  }
  // Functions that this run has no use for, too: the next one may.
  setFlagsFromString("--no-lazy");
  const script = new Script(source, { filename: file });
  setFlagsFromString("--lazy");
  const made = `${kept}.${process.pid}`;
  wherePossible(() => {
    const data = script.createCachedData();
    writeFileSync(made, Buffer.concat([data, checksum(data)]));
    renameSync(made, kept);
    removeOthers(file);
  });
  wherePossible(() => rmSync(made, { force: true }));

  return script;
}

/**
 * V8 looks at the head of the data only, and what follows may end the process.
 * @param {Buffer} bytes the data and its checksum
 * @returns {Buffer | undefined} the data; undefined where it is damaged
 */
function whole(bytes) {
  const data = bytes.subarray(0, -CHECKSUM_BYTES);

  return checksum(data).equals(bytes.subarray(-CHECKSUM_BYTES)) ? data : undefined;
}

/** @param {Buffer} data */
function checksum(data) {
  const bytes = Buffer.alloc(CHECKSUM_BYTES);
  bytes.writeUInt32LE(crc32(data));

  return bytes;
}

/**
 * There are more choices of flags than room for them.
 * @param {string} file
 */
function removeOthers(file) {
  const folder = dirname(file);
  const kept = newestFirst(folder).filter(
    ({ name }) => name.startsWith(`${basename(file)}.`) && /\.[\da-f]{40}$/.test(name),
  );
  for (const { name } of kept.slice(KEPT_MAX)) rmSync(join(folder, name), { force: true });
}

/**
 * A trace names the lines that one reads.
 * @param {string} file
 */
function nameSources(file) {
  // Read now: when there is an error, it may be gone.
  const text = wherePossible(() => readFileSync(`${file}.map`, "utf8"));
  /** @type {SourceMap | undefined} */
  let map;
  Error.prepareStackTrace = (error, calls) => {
    if (text !== undefined) map ??= new SourceMap(JSON.parse(text));
    const lines = calls.map((call) => `    at ${placed(call, file, map)}`);

    return [Error.prototype.toString.call(error), ...lines].join("\n");
  };
}

/**
 * @param {NodeJS.CallSite} call
 * @param {string} file
 * @param {SourceMap | undefined} map
 * @returns {string}
 */
function placed(call, file, map) {
  const [line, column] = [call.getLineNumber(), call.getColumnNumber()];
  if (call.getFileName() !== file || line === null || column === null) return String(call);
  const entry = map?.findEntry(line - 1, column - 1) ?? {};
  if (!("originalSource" in entry)) return String(call);
  const { originalSource, originalLine, originalColumn } = entry;
  const source = `${join(dirname(file), originalSource)}:${originalLine + 1}:${originalColumn + 1}`;

  return String(call).replace(`${file}:${line}:${column}`, () => source);
}
