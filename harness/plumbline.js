#!/usr/bin/env node
// TypeScript is run as it stands: a clone needs no build step, and a stack trace names the line one reads.
import { register } from "tsx/esm/api";

register();
const { main } = await import("./cli.ts");
process.exitCode = await main(process.argv.slice(2));
