/**
 * A script that V8 has compiled before: of some megabytes that takes longer than all that most commands do. The whole of
 * it is compiled once, and kept beside it; no package does this for Node 20 (Node 22 has `module.enableCompileCache`).
 */
import { createHash } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import Module, { createRequire, SourceMap } from "node:module";
import { dirname, join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";
import { wherePossible } from "./where-possible.js";

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
  const cachedData = wherePossible(() => readFileSync(kept));
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
    writeFileSync(made, script.createCachedData());
    renameSync(made, kept);
  });
  wherePossible(() => rmSync(made, { force: true }));

  return script;
}

/**
 * A trace names the lines that one reads.
 * @param {string} file
 */
function nameSources(file) {
  /** @type {SourceMap | undefined} */
  let map;
  Error.prepareStackTrace = (error, calls) => {
    map ??= wherePossible(() => new SourceMap(JSON.parse(readFileSync(`${file}.map`, "utf8"))));
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

  return String(call).replace(`${file}:${line}:${column}`, source);
}
