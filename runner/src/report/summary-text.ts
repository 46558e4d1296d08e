import type { StreamTotals } from "../run/progress.ts";
import type { Summary } from "../run/summary.ts";

const HEADINGS = ["stream", "status", "read", "written", "skipped", "deleted", "rejected"] as const;

/** Yields a summary as a person reads it: the streams that moved something or did not end well, and what to do next. */
export function summaryText(summary: Summary, title = summary.pipeline_id): string {
  const { streams, failure, next, duration_ms: durationMs, attempts } = summary;
  const shown = Object.entries(streams).filter(([, { read, status }]) => read > 0 || status !== "complete");
  const quiet = Object.keys(streams).length - shown.length;
  const tries = attempts > 1 ? ` in ${attempts} attempts` : "";
  return [
    "",
    ...(shown.length > 0 ? [table(shown)] : []),
    ...(quiet > 0 ? [`${quiet} streams are complete and had nothing to move.`] : []),
    `${title}: ${summary.status} after ${(durationMs / 1000).toFixed(1)} s${tries}.`,
    ...(failure === null ? [] : failureLines(failure)),
    next,
  ].join("\n");
}

function failureLines({ side, failure_type, message, stderr }: NonNullable<Summary["failure"]>): string[] {
  const last = stderr?.split("\n").slice(-5) ?? [];
  const isNew = last.some((line) => !message.includes(line) && !line.includes(message));
  return [
    `The ${side} failed first (${failure_type}): ${message}`,
    ...(isNew ? ["It said last:", ...last.map((line) => `  ${line}`)] : []),
  ];
}

function table(streams: readonly [string, StreamTotals][]): string {
  const cells = streams.map(([stream, { status, read, written, skipped, deleted, rejected }]) => [
    stream,
    status,
    ...[read, written, skipped, deleted, rejected].map((count) => count.toLocaleString("en")),
  ]);
  const rows = [[...HEADINGS], ...cells];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const isText = (column: number) => column < 2;
  return rows
    .map((row) =>
      row
        .map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
