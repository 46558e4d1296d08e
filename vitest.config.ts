import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  ssr: { resolve: { conditions: ["@sluice/source"] } },
  resolve: { conditions: ["@sluice/source"] },
  test: {
    include: ["**/src/**/*.test.ts", "scripts/**/*.test.ts", "web/browser/**/*.test.ts"],
    globalSetup: "scripts/test-services.ts",
    // most of the time of a program that a test starts from its source goes into stripping its types, each time anew
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules/.cache/node") },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // what is waited for comes sooner or later, however busy the machine
    expect: { poll: { timeout: 30_000 } },
    // by default one core is left to nobody, which on two cores runs one file after the other
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
