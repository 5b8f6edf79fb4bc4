import { built } from "../../harness/built.js";

await import(await built("benchmarks/harness/bench.ts"));
