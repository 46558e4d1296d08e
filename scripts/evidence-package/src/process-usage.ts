import { existsSync, readdirSync, readFileSync } from "node:fs";

const MEMORY_POLL_MS = 20;
const TREE_POLL_MS = 100;
/** USER_HZ, which Linux has fixed for programs on x64 and arm64. */
const TICKS_PER_SECOND = 100;

type Stat = { parent: number; ownTicks: number; endedChildrenTicks: number };

/** Wall time, and CPU seconds (user and system) of this process, of its children that ended meanwhile, and of servers. */
export type CpuTime = { wallS: number; ownCpuS: number; childCpuS: number; serverCpuS: number };

/** Resolves to what `work` took. `servers` are the process ids of what works for it and goes on, such as a postmaster. */
export async function cpuTimed(work: () => Promise<unknown>, servers: readonly number[] = []): Promise<CpuTime> {
  const serversCpuS = () => servers.reduce((sum, pid) => sum + treeCpuS(pid), 0);
  const before = { server: serversCpuS(), child: childCpuS(), own: process.cpuUsage(), wall: performance.now() };
  await work();
  const wallS = (performance.now() - before.wall) / 1000;
  const own = process.cpuUsage(before.own);
  return {
    wallS,
    ownCpuS: (own.user + own.system) / 1e6,
    childCpuS: childCpuS() - before.child,
    serverCpuS: serversCpuS() - before.server,
  };
}

/** Yields the CPU seconds of all children of this process that have ended, with whatever they waited for themselves. */
export function childCpuS(): number {
  return (statOf(process.pid)?.endedChildrenTicks ?? NaN) / TICKS_PER_SECOND;
}

/** Yields the CPU seconds of a running process, of all below it, and of what they waited for; NaN when there is none. */
export function treeCpuS(pid: number): number {
  if (statOf(pid) === undefined) return NaN;
  const stats = new Map(processIds().map((each) => [each, statOf(each)]));
  const isBelow = (each: number): boolean => each === pid || (each > 1 && isBelow(stats.get(each)?.parent ?? 0));
  const ticks = [...stats].map(([each, stat]) =>
    stat !== undefined && isBelow(each) ? stat.ownTicks + stat.endedChildrenTicks : 0,
  );
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND;
}

/** Yields the parent of a running process: the postmaster for a backend of Postgres. */
export function parentOf(pid: number): number | undefined {
  return statOf(pid)?.parent;
}

/** Watches a process until it has ended or the watch is disposed of; `peakMb()` is the most that was resident so far. */
export function peakResidentMb(pid: number): { peakMb(): number; [Symbol.dispose](): void } {
  let peakKb = 0;
  const look = () => {
    const text = readProc(pid, "status");
    peakKb = Math.max(peakKb, Number(/^VmHWM:\s*(\d+)/m.exec(text ?? "")?.[1] ?? 0));
  };
  look();
  const timer = setInterval(look, MEMORY_POLL_MS).unref();
  return { peakMb: () => (look(), (peakKb * 1024) / 1e6), [Symbol.dispose]: () => clearInterval(timer) };
}

/** Watches a process and all below it until the watch is disposed of; `peakMb()` is the most they had resident together. */
export function peakTreeMb(pid: number): { peakMb(): number; [Symbol.dispose](): void } {
  let peakKb = 0;
  const look = () => {
    const kb = treeOf(pid).map((each) => Number(/^VmRSS:\s*(\d+)/m.exec(readProc(each, "status") ?? "")?.[1] ?? 0));
    peakKb = Math.max(
      peakKb,
      kb.reduce((sum, each) => sum + each, 0),
    );
  };
  look();
  const timer = setInterval(look, TREE_POLL_MS).unref();
  return { peakMb: () => (look(), (peakKb * 1024) / 1e6), [Symbol.dispose]: () => clearInterval(timer) };
}

function treeOf(pid: number): number[] {
  const parents = new Map(processIds().map((each) => [each, statOf(each)?.parent ?? 0]));
  const isBelow = (each: number): boolean => each === pid || (each > 1 && isBelow(parents.get(each) ?? 0));
  return [...parents.keys()].filter(isBelow);
}

function statOf(pid: number): Stat | undefined {
  const text = readProc(pid, "stat");
  if (text === undefined) return undefined;
  // the name in brackets may hold anything; the fields behind it are counted from the state, field 3 of proc(5)
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const field = (number: number) => fields[number - 3] ?? NaN;
  return { parent: field(4), ownTicks: field(14) + field(15), endedChildrenTicks: field(16) + field(17) };
}

function processIds(): number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

function readProc(pid: number, file: string): string | undefined {
  if (!existsSync("/proc/self/stat")) {
    throw new Error("The use of CPU and memory is read from /proc, which only Linux has; measure there.");
  }
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // the process has ended
    return undefined;
  }
}
