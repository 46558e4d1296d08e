import { Box, Static, Text } from "ink";
import { createElement as h, type ReactElement } from "react";
import type { Payload } from "@sluice/protocol";

/** What the view shows: lines that stay, and the streams as they are now. */
export type ViewState = {
  title: string;
  lines: readonly string[];
  progress: Payload<"progress"> | undefined;
  seconds: number;
  rows: number;
};

type StreamRow = {
  stream: string;
  status: string;
  read: number;
  committed: number;
  rejected: number;
  rate: number;
  ranges: number;
};

const COLORS: Record<string, string> = {
  complete: "green",
  running: "cyan",
  started: "cyan",
  failed: "red",
  skipped: "yellow",
  incomplete: "yellow",
};

/** Yields the live view of a run: a row for each stream that moves, and the totals. */
export function terminalView({ title, lines, progress, seconds, rows }: ViewState): ReactElement {
  const all = Object.entries(progress?.streams ?? {}).map(rowOf);
  const moving = all.filter(({ read, status }) => read > 0 || status === "failed" || status === "skipped");
  const shown = moving.toSorted((one, other) => weight(other) - weight(one)).slice(0, Math.max(3, rows - 8));
  const width = Math.max(6, ...shown.map(({ stream }) => stream.length));
  return h(
    Box,
    { flexDirection: "column" },
    h(Static<{ text: string; key: number }>, {
      items: lines.map((text, key) => ({ text, key })),
      children: ({ text, key }) => h(Text, { key }, text),
    }),
    h(Text, { bold: true }, title),
    ...shown.map((row) => streamLine(row, width)),
    ...(moving.length > shown.length
      ? [h(Text, { key: "more", dimColor: true }, `… and ${moving.length - shown.length} more streams`)]
      : []),
    h(
      Text,
      { key: "totals" },
      totalsText(progress, {
        seconds,
        complete: all.filter(({ status }) => status === "complete").length,
        count: all.length,
      }),
    ),
  );
}

function streamLine(
  { stream, status, read, committed, rejected, rate, ranges }: StreamRow,
  width: number,
): ReactElement {
  const extra = [rejected > 0 ? `${number(rejected)} rejected` : "", ranges > 0 ? `${ranges} ranges done` : ""].filter(
    (text) => text !== "",
  );
  return h(
    Box,
    { key: stream, gap: 2 },
    h(Text, null, stream.padEnd(width)),
    h(Text, COLORS[status] === undefined ? null : { color: COLORS[status] }, status.padEnd(10)),
    h(Text, null, `${number(read).padStart(11)} read`),
    h(Text, null, `${number(committed).padStart(11)} committed`),
    h(Text, { dimColor: true }, `${number(rate).padStart(8)}/s`),
    h(Text, { color: "yellow" }, extra.join(", ")),
  );
}

function totalsText(
  progress: Payload<"progress"> | undefined,
  { seconds, complete, count }: { seconds: number; complete: number; count: number },
): string {
  if (progress === undefined) return "Starting …";
  const { totals } = progress;
  const megabytes = (Number(totals["bytes_per_second"] ?? 0) / 1e6).toFixed(1);
  return `${number(totals["read"])} read, ${number(totals["committed"])} committed, ${number(totals["rows_per_second"])}/s, ${megabytes} MB/s, ${complete} of ${count} streams complete, ${seconds} s`;
}

function rowOf([stream, values]: [string, Record<string, unknown>]): StreamRow {
  const count = (name: string) => Number(values[name] ?? 0);
  return {
    stream,
    status: String(values["status"] ?? ""),
    read: count("read"),
    committed: count("committed"),
    rejected: count("rejected"),
    rate: count("rows_per_second"),
    ranges: count("ranges_done"),
  };
}

/** What moves now comes first, then what failed, then the largest. */
function weight({ rate, status, read }: StreamRow): number {
  return rate * 1e12 + (status === "failed" ? 1e11 : 0) + read;
}

function number(value: unknown): string {
  return Number(value ?? 0).toLocaleString("en");
}
