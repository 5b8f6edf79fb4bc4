#!/usr/bin/env node
// A clone needs no build step, and a stack trace names the line one reads.
import { built } from "./built.js";

const { main } = await built("harness/cli.ts");
process.exitCode = await main(process.argv.slice(2));
