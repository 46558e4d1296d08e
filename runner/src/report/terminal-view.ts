import { Box, Text, useStdout } from "ink";
import { createElement as h, useEffect, type ReactElement } from "react";
import type { Payload } from "@sluice/protocol";
import { printable } from "@sluice/protocol/stdio";
import { lagText } from "./lag-text.ts";

/** What the view shows: the streams as they are now. */
export type ViewState = {
  title: string;
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

type Streams = Payload<"progress">["streams"];

const COLORS: Record<string, string> = {
  complete: "green",
  running: "cyan",
  started: "cyan",
  failed: "red",
  skipped: "yellow",
  incomplete: "yellow",
};

/** Writes text above the live view, where it stays. */
export type WriteAbove = (text: string) => void;

/** Shows the live view of a run: a row for each stream that moves, and the totals. */
export function TerminalView({
  title,
  progress,
  seconds,
  rows,
  onShown,
}: ViewState & { onShown: (write: WriteAbove) => void }): ReactElement {
  const { write } = useStdout();
  useEffect(() => onShown(write), [onShown, write]);
  const all = Object.entries(progress?.streams ?? {}).map(rowOf);
  const moving = all.filter(({ read, status }) => read > 0 || status === "failed" || status === "skipped");
  const shown = moving.toSorted((one, other) => weight(other) - weight(one)).slice(0, Math.max(3, rows - 8));
  const width = Math.max(6, ...shown.map(({ stream }) => stream.length));
  return h(
    Box,
    { flexDirection: "column" },
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
  const megabytes = (totals.bytes_per_second / 1e6).toFixed(1);
  return `${number(totals.read)} read, ${number(totals.committed)} committed, ${number(totals.rows_per_second)}/s, ${megabytes} MB/s, ${lagText(totals) ?? `${complete} of ${count} streams complete`}, ${seconds} s`;
}

function rowOf([stream, values]: [string, Streams[string]]): StreamRow {
  const { status, read, committed, rejected, rows_per_second: rate, ranges_done: ranges = 0 } = values;
  return { stream: printable(stream), status: printable(status), read, committed, rejected, rate, ranges };
}

/** What moves now comes first, then what failed, then the largest. */
function weight({ rate, status, read }: StreamRow): number {
  return rate * 1e12 + (status === "failed" ? 1e11 : 0) + read;
}

function number(value: number): string {
  return value.toLocaleString("en");
}
