import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 300_000,
    reporters: process.env.CI ? ["default", ["json", { outputFile: "../build/test-results.json" }]] : ["default"],
  },
});
