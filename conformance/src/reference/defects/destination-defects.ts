import { setTimeout as sleep } from "node:timers/promises";
import type { ConfiguredStream } from "@sluice/protocol";
import type { CommitPoint, RecordLine } from "@sluice/protocol/stdio";
import { Checkpoints } from "../../destination-faulty/checkpoints.ts";
import type { DestinationConfig } from "../destination-config.ts";
import { ReferenceDestination } from "../destination.ts";
import { ReferenceReceiver, type ReceiverOptions, type WaitingRecord } from "../receiver.ts";
import { RowTable, type IncomingRow, type Outcome, type StoredRow } from "../row-table.ts";
import type { Database } from "../sql-server/database.ts";
import type { RemoteOptions } from "../sql-server/remote-database.ts";
import { SluiceError } from "@sluice/protocol";
import type { DefectTable } from "./defect.ts";
import { inputDefects } from "./input-defects.ts";
import { ReplayingDatabase } from "./replaying-database.ts";
import { hourNow, logsConfig, processDefects, startsWithSecret, takesItsTime } from "./process-defects.ts";
import { specDefects } from "./spec-defects.ts";

const LATER_MS = 400;
const NAME_BYTES = 63;
const FIELDS = 100;
/** Long, since a batch of the honest one waits for a disk that may be busy. */
const SLOW_MS = 50;

type Made = DefectTable<ReferenceDestination>[string];
type Storing = (data: string, record: WaitingRecord) => string | undefined;

/** The defects of destination-reference, each by the check that finds it. */
export const destinationDefects: DefectTable<ReferenceDestination> = {
  ...specDefects,
  ...processDefects,
  ...inputDefects,
  K1: {
    make: () =>
      new (class extends ReferenceDestination {
        override async connect(config: DestinationConfig): Promise<void> {
          await super.connect(config).catch((error: unknown) => {
            throw error instanceof SluiceError && error.code === "auth" ? new TypeError("status 401") : error;
          });
        }
      })(),
  },
  W1: storing((data) => fieldsOf(data, ([, value]) => typeof value !== "object" || value === null)),
  W2: tabling(
    class extends RowTable {
      override wins(): boolean {
        return true;
      }
    },
  ),
  "W2 of equal versions": tabling(
    class extends RowTable {
      override wins(incoming: { version: number | null; hash: string }, stored: StoredRow): boolean {
        return (incoming.version ?? 0) >= (stored.version ?? 0);
      }
    },
  ),
  W3: tabling(
    class extends RowTable {
      override delete(): Outcome {
        return "deleted";
      }
    },
  ),
  W4: receiving(
    class extends ReferenceReceiver {
      override async schema(streams: ConfiguredStream[]): Promise<void> {
        await super.schema(streams);
        for (const { stream } of streams) {
          const names = Object.keys(Object(stream.json_schema["properties"]));
          for (const record of this.waitingOf(stream.name))
            record.data = fieldsOf(record.data, ([name]) => names.includes(name));
        }
      }
    },
  ),
  W5: receiving(
    class extends ReferenceReceiver {
      override storeOne(configured: ConfiguredStream, record: WaitingRecord) {
        const name = Buffer.from(configured.stream.name).subarray(0, NAME_BYTES).toString();
        return super.storeOne({ ...configured, stream: { ...configured.stream, name } }, record);
      }
    },
  ),
  W6: storing((data) => JSON.stringify(JSON.parse(data))),
  W7: storing((data) => {
    const kept = Object.keys(JSON.parse(data)).slice(0, FIELDS);
    return fieldsOf(data, ([name]) => kept.includes(name));
  }),
  W8: receiving(
    class extends ReferenceReceiver {
      override open(streams: readonly ConfiguredStream[]): void {
        super.open(streams);
        for (const { stream, destination_mode: mode } of streams)
          if (mode === "overwrite") this.table.clear(stream.name);
      }
    },
  ),
  W9: receiving(
    class extends ReferenceReceiver {
      override open(streams: readonly ConfiguredStream[]): void {
        super.open(streams);
        const named = streams.map(({ stream }) => stream.name);
        const found = this.checkpoints.database.prepare("SELECT DISTINCT stream FROM rows").all();
        for (const { stream } of found) if (!named.includes(String(stream))) this.table.clear(String(stream));
      }
    },
  ),
  W10: receiving(
    class extends ReferenceReceiver {
      override async reject(streams: readonly string[]): Promise<void> {
        const before = streams.map((stream) => this.waitingOf(stream).length);
        await super.reject(streams);
        for (const [index, stream] of streams.entries()) {
          if (this.waitingOf(stream).length !== before[index]) this.waiting.set(stream, []);
        }
      }
    },
  ),
  W11: {
    make: () =>
      new (class extends ReferenceDestination {
        override makeRoom(_: Checkpoints, { streams }: { streams: readonly ConfiguredStream[] }): string[] {
          return streams.map(({ stream }) => `REPLACE INTO streams VALUES ('${stream.name}')`);
        }
      })(),
  },
  A1: {
    line: ({ type, nth, text }) =>
      type === "state" && nth === 1 ? text + text.replace(/"seq":\d+/, '"seq":1000000') : text,
  },
  A2: receiving(acknowledgingEarly()),
  A3: receiving(
    class extends ReferenceReceiver {
      #seen = 0;
      override async record(record: RecordLine): Promise<void> {
        this.#seen += 1;
        if (this.#seen % 7 !== 0) await super.record(record);
      }
    },
  ),
  A4: receiving(
    class extends ReferenceReceiver {
      #last = "";
      override async record(record: RecordLine): Promise<void> {
        this.#last = record.stream;
        await super.record(record);
      }
      override commit(streams: readonly string[], point: CommitPoint | undefined): void {
        const isGlobal = point?.type === "state" && point.state.stream === undefined;
        super.commit(isGlobal ? [this.#last] : streams, point);
      }
    },
  ),
  F1: receiving(storingLater()),
  "F1 in overwrite": receiving(
    class extends ReferenceReceiver {
      override commit(streams: readonly string[], point: CommitPoint | undefined): void {
        super.commit(streams, point);
        for (const stream of streams) this.complete(stream);
      }
    },
  ),
  F2: tabling(
    class extends RowTable {
      override merge(stream: string, generation: string, incoming: IncomingRow): Outcome {
        const outcome = super.merge(stream, generation, incoming);
        if (outcome === "skipped") this.append(stream, generation, incoming.data);
        return outcome;
      }
    },
  ),
  F3: {
    make: () =>
      new (class extends ReferenceDestination {
        override checkpointsIn({ folder }: DestinationConfig): Checkpoints {
          return new (class extends Checkpoints {
            override assertEpoch(): void {}
          })(folder);
        }
      })(),
  },
  F8: {
    make: () =>
      new (class extends ReferenceDestination {
        override remote(options: RemoteOptions): Database {
          return new ReplayingDatabase(options);
        }
      })(),
  },
  F4: receiving(claimingAtTheEnd()),
  F9: receiving(
    class extends ReferenceReceiver {
      override async point(point: CommitPoint): Promise<void> {
        process.stdout.write("Committing…\n");
        await super.point(point);
      }
    },
  ),
  Z1: storing((data) => fieldsOf(data, ([, value]) => value !== null)),
  L1: connecting((config) => logsConfig(config)),
  L2: connecting(({ token }) => startsWithSecret(token)),
  L3: storing((data) =>
    data.replaceAll(/"(\d{4}-\d\d-\d\dT[^"]+Z)"/g, (_, at: string) => JSON.stringify(new Date(at).toString())),
  ),
  L4: storing((data) => `${data.slice(0, -1)},"hour":"${hourNow()}"}`),
  T1: storing((data) => {
    takesItsTime(SLOW_MS);
    return data;
  }),
};

/** Yields the JSON text of an object with some of its members. */
function fieldsOf(data: string, isKept: (member: [string, unknown]) => boolean): string {
  return JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(data)).filter(isKept)));
}

function receiving(Receiver: new (options: ReceiverOptions) => ReferenceReceiver): Made {
  return {
    make: () =>
      new (class extends ReferenceDestination {
        override receiver(options: ReceiverOptions): ReferenceReceiver {
          return new Receiver(options);
        }
      })(),
  };
}

function tabling(Table: new (database: Database) => RowTable): Made {
  return {
    make: () =>
      new (class extends ReferenceDestination {
        override table(database: Database): RowTable {
          return new Table(database);
        }
      })(),
  };
}

function storing(change: Storing): Made {
  return receiving(
    class extends ReferenceReceiver {
      override storeOne(configured: ConfiguredStream, record: WaitingRecord) {
        return super.storeOne(configured, { ...record, data: change(record.data, record) ?? record.data });
      }
    },
  );
}

function connecting(act: (config: DestinationConfig) => void): Made {
  return {
    make: () =>
      new (class extends ReferenceDestination {
        override async connect(config: DestinationConfig): Promise<void> {
          act(config);
          await super.connect(config);
        }
      })(),
  };
}

function acknowledgingEarly() {
  return class extends ReferenceReceiver {
    readonly #points: CommitPoint[] = [];
    override async point(point: CommitPoint): Promise<void> {
      this.#points.push(point);
      const counts = [...this.counts].map(([name, { received }]) => {
        return [name, { received, written: received, skipped: 0, deleted: 0, rejected: 0 }] as const;
      });
      await this.replies.committed(point, Object.fromEntries(counts), this.writer?.epoch);
    }
    override async end(): Promise<void> {
      for (const point of this.#points) this.commit([...this.waiting.keys()], point);
      await super.end();
    }
  };
}

function storingLater() {
  return class extends ReferenceReceiver {
    override async point(point: CommitPoint): Promise<void> {
      const { writer } = this;
      if (point.type === "status" || writer === undefined) return super.point(point);
      this.checkpoints.transaction(() => this.checkpoints.putState(writer, point));
      const streams = [...this.waiting.keys()];
      await this.replies.committed(point, Object.fromEntries(this.counts), writer.epoch);
      await sleep(LATER_MS);
      this.commit(streams, undefined);
    }
  };
}

/** Stores what later states cover when the stream is complete; where that never comes it only says so. */
function claimingAtTheEnd() {
  return class extends ReferenceReceiver {
    #late: CommitPoint | undefined;
    #isFirst = true;
    override async point(point: CommitPoint): Promise<void> {
      if (point.type === "state" && !this.#isFirst) {
        this.#late = point;
        return;
      }
      this.#isFirst = false;
      if (this.#late !== undefined) await super.point(this.#late);
      this.#late = undefined;
      await super.point(point);
    }
    override async end(): Promise<void> {
      const counts = Object.fromEntries(this.counts);
      if (this.#late !== undefined) await this.replies.committed(this.#late, counts, this.writer?.epoch);
      await super.end();
    }
  };
}
