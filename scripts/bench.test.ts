import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { check } from "prettier";
import { beforeEach, expect, onTestFinished, test } from "vitest";

const script = join(import.meta.dirname, "bench.ts");

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "bench-test-"));
  onTestFinished(() => rm(root, { recursive: true }));
  await plant("docs/benchmarks.md", "# Benchmarks\n");
});

async function plant(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

/** Plants a bench with these figures, as JavaScript. */
async function plantBench(path: string, figures: string): Promise<void> {
  await plant(path, `export const bench = { measures: "Work.", async *run({ rounds }) { yield* ${figures}; } };\n`);
}

function bench(...args: string[]) {
  return execa("node", [script, ...args], { cwd: root, reject: false });
}

const page = () => readFile(join(root, "docs/benchmarks.md"), "utf8");

test("each figure is a line for programs, judged by its ratio where it has a floor, else by its value", async () => {
  await plantBench(
    "runner/bench/relay.ts",
    `[{ figure: "throughput", value: 90, unit: "MB/s", floor: 100, goal: { atLeast: 0.85 } },
      { figure: "CPU", value: 4, unit: "s", goal: { atMost: 3 } },
      { figure: "rounds", value: rounds, unit: "rounds" }]`,
  );
  const { stdout, exitCode } = await bench("--json", "--rounds", "7");
  expect(stdout.split("\n").map((line) => JSON.parse(line))).toEqual([
    {
      bench: "relay",
      figure: "throughput",
      value: 90,
      unit: "MB/s",
      floor: 100,
      ratio: 0.9,
      goal: "≥ 0.85",
      met: true,
    },
    { bench: "relay", figure: "CPU", value: 4, unit: "s", floor: null, ratio: null, goal: "≤ 3", met: false },
    { bench: "relay", figure: "rounds", value: 7, unit: "rounds", floor: null, ratio: null, goal: null, met: null },
  ]);
  expect(exitCode).toBe(0);
});

test("a bench rewrites its own table, and leaves prose and the other tables alone", async () => {
  await plantBench("runner/bench/relay.ts", `[{ figure: "throughput", value: 90, unit: "MB/s | s" }]`);
  await plantBench("connectors/source-pets/bench/source.ts", `[{ figure: "rate", value: 12345.6, unit: "rows/s" }]`);
  await bench();
  const both = await page();
  expect(both).toContain("12,350 rows/s");
  expect(await check(both, { parser: "markdown", printWidth: 120 })).toBe(true);

  const told = both.replace("<!-- /relay -->", "<!-- /relay -->\n\nA profile shows that it waits.");
  await plant("docs/benchmarks.md", told);
  await bench();
  expect(await page()).toBe(told);

  await plantBench("runner/bench/relay.ts", `[{ figure: "throughput", value: 95, unit: "MB/s | s" }]`);
  await bench("relay");
  expect(await page()).toBe(told.replace("90 MB/s", "95 MB/s"));
  await bench("source", "--no-write");
  expect(await page()).toBe(told.replace("90 MB/s", "95 MB/s"));
});

test("a bench that fails is told, keeps its table, and the others are measured", async () => {
  await plantBench("runner/bench/relay.ts", `[{ figure: "throughput", value: 90, unit: "MB/s" }]`);
  await bench();
  const before = await page();
  await plantBench("runner/bench/relay.ts", `(() => { throw new Error("no such pipe"); })()`);
  await plantBench("runner/bench/zeal.ts", `[{ figure: "zeal", value: 1, unit: "" }]`);
  const { stdout, stderr, exitCode } = await bench("--json");
  expect({ stdout, exitCode }).toEqual({ stdout: expect.stringContaining('"bench":"zeal"'), exitCode: 1 });
  expect(stderr).toContain("relay: not measured: Error: no such pipe");
  expect(await page()).toContain(before.trimEnd());
});

test("a wrong command line is told in one sentence", async () => {
  await plantBench("runner/bench/relay.ts", "[]");
  expect(await bench("delay")).toMatchObject({ stderr: 'There is no "delay"; there is relay.', exitCode: 2 });
  expect(await bench("--rounds", "five")).toMatchObject({
    stderr: expect.stringMatching(/^--rounds .*\.$/),
    exitCode: 2,
  });
});
