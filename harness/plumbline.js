#!/usr/bin/env node
// A clone needs no build step, and a stack trace names the line one reads.
import { built } from "./built.js";

// Whoever stops reading, as `head` does, has read enough; the exit code and the files are no matter of his.
process.stdout.on("error", (error) => {
  if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EPIPE") throw error;
});

const { main } = await built("harness/cli.ts");
process.exitCode = await main(process.argv.slice(2));
