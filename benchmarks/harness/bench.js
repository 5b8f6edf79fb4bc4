import { built } from "../../harness/built.js";

const { main } = await built("benchmarks/harness/bench.ts");
await main();
