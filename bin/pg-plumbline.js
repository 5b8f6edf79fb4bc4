#!/usr/bin/env node
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

module.enableCompileCache?.(fileURLToPath(new URL("../node_modules/.cache/pg-plumbline", import.meta.url)));
// A stack trace names the line of the TypeScript source.
process.setSourceMapsEnabled(true);

// A reader such as `head` may close the pipe early; the exit code and the files do not depend on it.
process.stdout.on("error", (error) => {
  if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EPIPE") throw error;
});

try {
  // Only a clone has sources.
  const build = new URL("../build.js", import.meta.url);
  if (existsSync(build)) await (await import(build.href)).buildIfChanged();
  const { main } = await import("../dist/harness/cli.js");
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`pg-plumbline: ${error.message}\n`);
  process.exitCode = 2;
}
