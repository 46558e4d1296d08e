import { defineConfig } from "vitest/config";

export default defineConfig({
  ssr: { resolve: { conditions: ["@sluice/source"] } },
  resolve: { conditions: ["@sluice/source"] },
  test: {
    include: ["**/src/**/*.test.ts", "scripts/**/*.test.ts"],
    globalSetup: "scripts/test-services.ts",
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
