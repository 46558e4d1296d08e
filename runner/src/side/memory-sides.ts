import { Readable } from "node:stream";
import { ExitCode, type CommittedCounts, type Message, type Stream } from "@sluice/protocol";
import { addPayloadMembers, readLines } from "@sluice/protocol/stdio";
import { bytesSource } from "./bytes-source.ts";
import { inProcessSide } from "./in-process-side.ts";
import type { Side } from "./side.ts";

export type MemoryRecord = {
  stream: string;
  data: Record<string, unknown>;
  op?: "upsert" | "delete";
  version?: number;
};

/** Yields a source of the given records, for tests of programs that run pipelines: a state and an end behind them. */
export function memorySource(streams: readonly Stream[], records: readonly MemoryRecord[]): Side {
  const messages: Message[] = [
    { type: "catalog", catalog: { streams: [...streams] } },
    ...records.map((record): Message => ({ type: "record", record })),
    ...streams.map(({ name }, index): Message => ({
      type: "state",
      state: { seq: index + 1, scope: "stream", stream: name, data: { count: records.length } },
    })),
    ...streams.map(({ name }): Message => ({
      type: "stream_status",
      stream_status: { stream: name, status: "complete" },
    })),
  ];
  const bytes = Buffer.from(messages.map((message) => JSON.stringify(message) + "\n").join(""));
  return bytesSource({ name: "memory-source", open: () => Readable.from([bytes]) });
}

/** A destination that keeps what it gets, by stream, in the order of arrival. */
export type MemoryDestination = { side: Side; rows: Map<string, Record<string, unknown>[]> };

/** Yields a destination for tests: appends upserts, counts deletes, and echoes states at once. */
export function memoryDestination(): MemoryDestination {
  const rows = new Map<string, Record<string, unknown>[]>();
  const side = inProcessSide({
    name: "memory-destination",
    kind: "destination",
    capabilities: { modes: ["append"] },
    async main({ stdin, stdout }) {
      const counts: Record<string, CommittedCounts> = {};
      for await (const lines of readLines(stdin)) {
        for (const line of lines) {
          if (line.kind === "record") {
            const of = (counts[line.stream] ??= { received: 0, written: 0, skipped: 0, deleted: 0, rejected: 0 });
            of.received += 1;
            if (line.op === "delete") of.deleted += 1;
            else {
              of.written += 1;
              rows.set(line.stream, [...(rows.get(line.stream) ?? []), JSON.parse(line.data.toString())]);
            }
          } else if (line.kind === "message" && ["state", "stream_status"].includes(line.message.type)) {
            stdout.write(`${addPayloadMembers(line.bytes, line.message.type, { committed: counts }) ?? ""}\n`);
          }
        }
      }
      return ExitCode.ok;
    },
  });
  return { side, rows };
}
