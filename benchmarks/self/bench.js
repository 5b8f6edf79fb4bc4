import { built } from "../../harness/built.js";

const { main } = await built("benchmarks/self/bench.ts");
await main();
