import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";

// Vitest leaves one core to itself. Of two that would be half, and most tests wait for a server half of their time.
const workers = Math.max(availableParallelism() - 1, 2);
const soak = "**/*.soak.test.ts";
const measuringSoak = ["benchmarks/**/*.soak.test.ts", "harness/commands/bench.soak.test.ts"];

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
          globalSetup: ["harness/testing/missing-programs.ts"],
          include: ["{harness,properties}/**/*.test.ts"],
          exclude: [...configDefaults.exclude, soak],
          maxWorkers: workers,
          // Loading the modules again for each file takes two fifths of the time: no file mocks one or leaves state in one.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Measurements run alone, after the others.
        extends: true,
        test: {
          name: "measurements",
          include: ["benchmarks/**/*.test.ts"],
          exclude: [...configDefaults.exclude, soak],
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // What takes minutes: `npm run test:soak`.
        extends: true,
        test: {
          name: "soak",
          globalSetup: ["harness/testing/missing-programs.ts"],
          include: [soak],
          exclude: [...configDefaults.exclude, "dist/**", ...measuringSoak],
          maxWorkers: workers,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: "soak measurements",
          include: measuringSoak,
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
