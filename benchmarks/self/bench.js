import { buildIfChanged } from "../../build.js";

await buildIfChanged();
const { main } = await import("../../dist/benchmarks/self/bench.js");
await main();
