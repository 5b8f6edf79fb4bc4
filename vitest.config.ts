import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{harness,properties,benchmarks}/**/*.test.ts"],
    setupFiles: ["harness/fixed-seed.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Vitest leaves one core to itself. Of two that would be half, and most tests wait for a server half of their time.
    maxWorkers: Math.max(availableParallelism() - 1, 2),
  },
});
