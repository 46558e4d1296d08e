import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { childCpuS, cpuTimed, parentOf, peakResidentMb, peakTreeMb, treeCpuS } from "./process-usage.ts";

// Each burns CPU of its own; a grandchild counts when its parent waited for it.
const BURN = "const end = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < end);";
const BURN_IN_A_GRANDCHILD = `require("node:child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(BURN)}])`;

test("the CPU seconds of ended children count, with what those waited for", async () => {
  const before = childCpuS();
  const { childCpuS: spent } = await cpuTimed(async () => {
    spawnSync(process.execPath, ["-e", BURN_IN_A_GRANDCHILD]);
  });
  expect(spent).toBeGreaterThanOrEqual(0.29);
  expect(childCpuS() - before).toBeGreaterThanOrEqual(spent);
});

test("the CPU seconds of a server are those of its whole tree, living or ended", async () => {
  const serve = `${BURN_IN_A_GRANDCHILD}; console.log("done"); setInterval(() => {}, 1000);`;
  const outer = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(serve)}], { stdio: "inherit" })`;
  const server = spawn(process.execPath, ["-e", outer], { stdio: ["ignore", "pipe", "inherit"], detached: true });
  const { serverCpuS } = await cpuTimed(() => once(server.stdout, "data"), [server.pid ?? 0]);
  expect(serverCpuS).toBeGreaterThanOrEqual(0.29);
  expect(treeCpuS(server.pid ?? 0)).toBeGreaterThanOrEqual(serverCpuS);
  expect(parentOf(server.pid ?? 0)).toBe(process.pid);
  process.kill(-(server.pid ?? 0), "SIGKILL");
  await once(server, "exit");
  expect(treeCpuS(server.pid ?? 0)).toBeNaN();
});

test("the peak of a process's memory outlives the process", async () => {
  const child = spawn(process.execPath, ["-e", "Buffer.alloc(100_000_000, 1); process.stdin.resume()"], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  using memory = peakResidentMb(child.pid ?? 0);
  await expect.poll(() => memory.peakMb(), { timeout: 30_000 }).toBeGreaterThan(100);
  child.stdin.end();
  await once(child, "exit");
  expect(memory.peakMb()).toBeGreaterThan(100);
});

test("the peak of a tree's memory is of all its processes together", async () => {
  const inner = "const held = Buffer.alloc(60_000_000, 1); process.stdin.resume(); process.stdin.on('end', () => held)";
  const outer = `${inner}; require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(inner)}], { stdio: "inherit" })`;
  const child = spawn(process.execPath, ["-e", outer], { stdio: ["pipe", "ignore", "inherit"] });
  using memory = peakTreeMb(child.pid ?? 0);
  await expect.poll(() => memory.peakMb(), { timeout: 30_000 }).toBeGreaterThan(120);
  child.stdin.end();
  await once(child, "exit");
});
