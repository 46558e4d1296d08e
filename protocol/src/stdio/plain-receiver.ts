import type { ConfiguredStream } from "../catalog.ts";
import { SluiceError } from "../failure.ts";
import type { CommittedCounts } from "../message.ts";
import type { CommitPoint, DestinationRecord, Receiver, Replies, Writer } from "./destination.ts";
import type { RecordLine } from "./record-line.ts";

const BATCH_RECORDS = 1000;
const BATCH_BYTES = 4 * 1024 * 1024;

type PlainOptions = { replies: Replies; streams: readonly ConfiguredStream[] };

/** Yields a receiver around a plain writer: batches records, and echoes a point only after the flush behind it. */
export function plainReceiver(writer: Writer, { replies, streams }: PlainOptions): Receiver {
  const known = new Set(streams.map(({ stream }) => stream.name));
  const counts = new Map<string, CommittedCounts>();
  let batch: DestinationRecord[] = [];
  let batchBytes = 0;

  const writeBatch = async () => {
    const records = batch;
    batch = [];
    batchBytes = 0;
    if (records.length === 0) return;
    await writer.write(records);
    for (const { stream, op } of records) count(stream, op);
  };
  const count = (stream: string, op: RecordLine["op"]) => {
    const of = counts.get(stream) ?? { received: 0, written: 0, skipped: 0, deleted: 0, rejected: 0 };
    of.received += 1;
    if (op === "delete") of.deleted += 1;
    else of.written += 1;
    counts.set(stream, of);
  };
  const flush = async () => {
    await writeBatch();
    await writer.flush();
  };

  return {
    record(record) {
      const { stream, op, version } = record;
      batch.push({ stream, op, version, ...parsedData(record) });
      batchBytes += record.data.length;
      return batch.length >= BATCH_RECORDS || batchBytes >= BATCH_BYTES ? writeBatch() : undefined;
    },
    async point(point: CommitPoint) {
      await flush();
      await replies.committed(point, structuredClone(Object.fromEntries(counts)));
    },
    async schema(changed) {
      await flush();
      const late = changed.find(({ stream }) => !known.has(stream.name))?.stream.name;
      if (late !== undefined && writer.schema === undefined) {
        throw new SluiceError(
          "protocol",
          `The stream "${late}" came only in the middle of the input, and this destination cannot open it there; put it into the first catalog.`,
        );
      }
      await writer.schema?.(changed);
      for (const { stream } of changed) known.add(stream.name);
    },
    async end() {
      await flush();
      await writer.close();
    },
    abort: () => writer.close(),
  };
}

function parsedData({ data, stream, lineNumber }: RecordLine): Pick<DestinationRecord, "data" | "json"> {
  const json = data.toString();
  try {
    const parsed: unknown = JSON.parse(json);
    return { data: parsed as Record<string, unknown>, json };
  } catch {
    // the parser's message would quote the record
    throw new SluiceError(
      "protocol",
      `Line ${lineNumber} of the input is a record of "${stream}" whose data is not valid JSON; the source must be fixed.`,
    );
  }
}
