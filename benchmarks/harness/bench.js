import { built } from "../../harness/built.js";

process.setSourceMapsEnabled(true);
await import(await built("benchmarks/harness/bench.ts"));
