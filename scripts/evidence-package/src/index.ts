export { alternate, median, type Contenders, type Sample } from "./alternate.ts";
export type { Bench, BenchContext, Figure, Goal } from "./bench.ts";
export { childCpuS, cpuTimed, parentOf, peakResidentMb, peakTreeMb, treeCpuS, type CpuTime } from "./process-usage.ts";
export type { Soak, SoakContext, SoakSession } from "./soak.ts";
