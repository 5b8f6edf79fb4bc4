import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{harness,properties,benchmarks}/**/*.test.ts"],
    setupFiles: ["harness/fixed-seed.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
