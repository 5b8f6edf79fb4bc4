import { buildIfChanged } from "../../build.js";

await buildIfChanged();
const { runSelfBenchmarks } = await import("../../dist/benchmarks/self/bench.js");
await runSelfBenchmarks(process.argv.slice(2));
