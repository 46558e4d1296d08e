import { printable } from "@sluice/protocol/stdio";
import type { StreamTotals } from "../run/progress.ts";
import type { Summary } from "../run/summary.ts";
import { textTable } from "./text-table.ts";

/** More complete streams than these are summed up. */
const MAX_ROWS = 12;
const HEADINGS = ["stream", "status", "read", "written", "skipped", "deleted", "rejected"] as const;

/** Yields a summary as a person reads it: the streams that moved something or did not end well, and what to do next. */
export function summaryText(summary: Summary, title = summary.pipeline_id): string {
  const { streams, failure, next, duration_ms: durationMs, attempts } = summary;
  const all = Object.entries(streams);
  const worth = all.filter(([, { read, status }]) => read > 0 || status !== "complete").toSorted(byInterest);
  const shown = worth.slice(0, Math.max(MAX_ROWS, worth.filter(([, { status }]) => status !== "complete").length));
  const rest = all.filter((each) => !shown.includes(each));
  const tries = attempts > 1 ? ` in ${attempts} attempts` : "";
  return [
    "",
    ...(shown.length > 0 ? [table(shown)] : []),
    ...(rest.length > 0 ? [restText(rest.map(([, totals]) => totals))] : []),
    `${title}: ${summary.status} after ${(durationMs / 1000).toFixed(1)} s${tries}.`,
    ...(failure === null ? [] : failureLines(failure)),
    printable(next),
  ].join("\n");
}

/** What did not end well comes first, then what moved most. */
function byInterest([, one]: [string, StreamTotals], [, other]: [string, StreamTotals]): number {
  const isBad = ({ status }: StreamTotals) => (status === "complete" ? 0 : 1);
  return isBad(other) - isBad(one) || other.read - one.read;
}

function restText(rest: readonly StreamTotals[]): string {
  const read = rest.reduce((sum, each) => sum + each.read, 0);
  const what = rest.length === 1 ? "1 more stream is complete" : `${rest.length} more streams are complete`;
  return read === 0 ? `${what} and had nothing to move.` : `${what}, with ${read.toLocaleString("en")} records.`;
}

function failureLines({ side, failure_type, message, stderr }: NonNullable<Summary["failure"]>): string[] {
  const last = stderr?.split("\n").slice(-5) ?? [];
  const isNew = last.some((line) => !message.includes(line) && !line.includes(message));
  return [
    printable(`The ${side} failed first (${failure_type}): ${message}`),
    ...(isNew ? ["It said last:", ...last.map((line) => `  ${printable(line)}`)] : []),
  ];
}

function table(streams: readonly [string, StreamTotals][]): string {
  const cells = streams.map(([stream, { status, read, written, skipped, deleted, rejected }]) => [
    printable(stream),
    status,
    ...[read, written, skipped, deleted, rejected].map((count) => count.toLocaleString("en")),
  ]);
  return textTable([HEADINGS, ...cells], { textColumns: 2 });
}
