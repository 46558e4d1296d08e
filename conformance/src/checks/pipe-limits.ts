import type { Trial } from "../kit/check.ts";
import type { OutputLine } from "../processes/output-line.ts";

/** The most memory that a process may have beside a peer that is slow. */
export const MOST_BYTES = 256 * 1024 * 1024;
const STDERR_BYTES = 1024 * 1024;

/** Tells where a process took more memory than a peer that hardly reads may cost. */
export function judgePeak({ problem, note }: Trial, peak: number): void {
  if (peak === 0) note("This system does not tell how much memory a process has.");
  if (peak > MOST_BYTES)
    problem(
      `With a peer that reads a row a second it took ${megabytes(peak)} MB of memory, more than ${megabytes(MOST_BYTES)}.`,
    );
}

/** Yields bytes as whole megabytes, for people. */
export function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}

/** Tells where stdout has other things than messages, and stderr is a flood. */
export function judgeOutput(
  { problem }: Trial,
  { lines, stderrBytes }: { lines: readonly OutputLine[]; stderrBytes: number },
): void {
  const stray = lines.filter(({ line }) => line === undefined || line.kind === "text");
  if (stray.length > 0)
    problem(
      `${stray.length} lines of stdout are no messages, such as line ${lines.indexOf(stray[0] as OutputLine) + 1}.`,
    );
  if (stderrBytes > STDERR_BYTES) problem(`It wrote ${stderrBytes} bytes to stderr without being asked for detail.`);
}
