import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 300_000,
    // Vitest would leave a core free, which of two is half. Many tests wait for programs that they have started.
    maxWorkers: availableParallelism() + 1,
    reporters: process.env.CI ? ["default", ["json", { outputFile: "../build/test-results.json" }]] : ["default"],
  },
});
