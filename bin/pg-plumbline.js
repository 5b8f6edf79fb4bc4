#!/usr/bin/env node
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

// Only a clone has sources, which may have changed since they were built.
const build = new URL("../build.js", import.meta.url);
const isClone = existsSync(build);
const packages = new URL(isClone ? "../node_modules/" : "../../", import.meta.url);
module.enableCompileCache?.(fileURLToPath(new URL(".cache/pg-plumbline", packages)));
// A stack trace names the line of the TypeScript source.
process.setSourceMapsEnabled(true);

// A reader such as `head` may close the pipe early; the exit code and the files do not depend on it.
process.stdout.on("error", (error) => {
  if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EPIPE") throw error;
});

try {
  if (isClone) await (await import(build.href)).buildIfChanged();
} catch (error) {
  process.stderr.write(`pg-plumbline: ${error instanceof Error ? error.message : error}\n`);
  process.exit(2);
}
// Code of a release may end the process, or wait for what never happens: that is no success.
let isDone = false;
process.on("exit", (code) => {
  if (isDone || (code !== 0 && code !== 13)) return;
  process.stderr.write("pg-plumbline: the process ended before the run did.\n");
  process.stderr.write(
    "Remove process.exit() from the configuration and the properties, and await nothing that never settles.\n",
  );
  process.exitCode = 2;
});
const { main } = await import("../dist/harness/cli.js");
process.exitCode = await main(process.argv.slice(2));
isDone = true;
