import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes minutes; begun last, one of them would run on alone at the end. */
const LONG = [
  "scripts/conformance-levels",
  "scripts/soak",
  "conformance/src/checks/checks",
  "web/browser/new-pipeline",
];

class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.some((name) => moduleId.endsWith(`/${name}.test.ts`));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  ssr: { resolve: { conditions: ["@sluice/source"] } },
  resolve: { conditions: ["@sluice/source"] },
  test: {
    include: ["**/src/**/*.test.ts", "scripts/**/*.test.ts", "web/browser/**/*.test.ts"],
    globalSetup: "scripts/test-services.ts",
    // most of the time of a program that a test starts from its source goes into stripping its types, each time anew
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules/.cache/node") },
    sequence: { sequencer: LongFilesFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // what is waited for comes sooner or later, however busy the machine
    expect: { poll: { timeout: 30_000 } },
    // a test waits a good part of its time for processes and clocks
    maxWorkers: availableParallelism() + 1,
  },
});
