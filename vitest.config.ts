import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// Vitest leaves one core to itself. Of two that would be half, and most tests wait for a server half of their time.
const workers = Math.max(availableParallelism() - 1, 2);

export default defineConfig({
  test: {
    setupFiles: ["harness/testing/fixed-seed.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "verdicts",
          include: ["{harness,properties}/**/*.test.ts"],
          maxWorkers: workers,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // What is measured is measured alone, after the others.
        extends: true,
        test: {
          name: "measurements",
          include: ["benchmarks/**/*.test.ts"],
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
