import { defineConfig } from "vitest/config";

// Two workers: the tests train networks, and each runtime session uses the machine's cores itself.
export default defineConfig({
  test: { include: ["packages/**/*.test.ts"], pool: "forks", maxWorkers: 2, testTimeout: 60_000 },
});
