import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alternate, type Bench, type Figure } from "@sluice/evidence";
import { openServer, type BenchServer } from "./fixtures/bench-server.ts";
import { copier, copyOut } from "./fixtures/copy.ts";
import { destinationLoad, destinationStart, rivalLoad, type Start } from "./fixtures/load.ts";
import { shapes, writeInput, type Input } from "./fixtures/shape.ts";

const ROWS = 100_000;
const MANY = 1_000_000;
const START_ROUNDS = 3;

const AT_LEAST_OF_COPY = 0.9;
const AT_MOST_OF_COPY_CPU = 1.15;
const MOST_US = 10;
const MOST_MB = 160;

type Place = {
  server: BenchServer;
  folder: string;
  rounds: number;
  start: Start;
  copyIn: Awaited<ReturnType<typeof copier>>;
};

/** What loading costs beside COPY of the same rows. */
export const bench: Bench = {
  measures:
    "The built program reads records from a pipe, keeps the whole object (`raw: true`) beside the columns and stores a checkpoint a thousand records; the floor is psql's `\\copy` of the finished rows into the same empty table with its primary key. Narrow records have 10 columns and 0.5 kB, customers 25 and 1 kB, charges 45 and 3 kB. Commits are synced to disk. What a run without a record takes is measured as well, and taken off.",
  async *run({ rounds, note }): AsyncIterable<Figure> {
    const folder = await mkdtemp(join(tmpdir(), "sluice-bench-destination-"));
    await using server = await openServer();
    try {
      const empty = join(folder, "empty.ndjson");
      await writeInput(empty, { ...inputOf("narrow"), records: 0 });
      const start = await destinationStart(server, empty, START_ROUNDS);
      note(`a run without a record takes ${start.wallS.toFixed(2)} s, ${start.clientS.toFixed(2)} of them CPU`);
      const place: Place = { server, folder, rounds, start, copyIn: await copier() };
      for (const name of ["narrow", "customer", "charge"] as const) {
        note(`fresh loads of ${ROWS} ${name} rows`);
        yield* fresh(place, name);
      }
      note("two streams on two connections");
      yield await twoConnections(place);
      note("all rows changed, and all rows unchanged");
      yield* again(place);
      note(`${MANY} rows`);
      yield* many(place);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

async function* fresh(
  { server, folder, rounds, start, copyIn }: Place,
  name: keyof typeof shapes,
): AsyncGenerator<Figure> {
  const [path, rows] = [join(folder, `${name}.ndjson`), join(folder, `${name}.copy`)];
  const records = ROWS;
  await writeInput(path, inputOf(name));
  await destinationLoad(server, { path, records, start });
  await copyOut(server.url, name, rows);
  const bytes: number[] = [];
  const emptied = async () => {
    bytes.push(await sizeOf(server, name));
    await server.query(`TRUNCATE ${name}`);
  };
  const { program, copy } = await alternate(rounds, {
    program: async () => (await emptied(), destinationLoad(server, { path, records, start })),
    copy: async () => (await emptied(), rivalLoad(server, records, () => copyIn(server.url, name, rows))),
  });
  yield {
    figure: `${name}: rows a second on one connection`,
    value: program.rate,
    floor: copy.rate,
    unit: "rows/s",
    goal: { atLeast: AT_LEAST_OF_COPY },
  };
  yield {
    figure: `${name}: CPU a row, program and server`,
    value: program.totalUs,
    floor: copy.totalUs,
    unit: "µs",
    goal: { atMost: AT_MOST_OF_COPY_CPU },
  };
  yield { figure: `${name}: CPU a row, program`, value: program.clientUs, unit: "µs", goal: { atMost: MOST_US } };
  yield { figure: `${name}: resident`, value: program.peakMb, unit: "MB", goal: { atMost: MOST_MB } };
  // before each copy stands the table of the program, and behind it the one of the copy
  const [ofCopy = NaN, ofProgram = NaN] = bytes.slice(-2);
  yield { figure: `${name}: disk`, value: ofProgram / 1e6, floor: ofCopy / 1e6, unit: "MB", goal: { atMost: 1.1 } };
}

async function twoConnections({ server, folder, rounds, start, copyIn }: Place): Promise<Figure> {
  const path = join(folder, "two.ndjson");
  const streams = ["one", "other"];
  const records = ROWS;
  await writeInput(path, { ...inputOf("customer"), streams });
  const load = () => destinationLoad(server, { path, records, start, env: { DESTINATION_POSTGRES_PARALLEL: "2" } });
  await load();
  for (const stream of streams) await copyOut(server.url, stream, join(folder, `${stream}.copy`));
  const emptied = () => server.query(`TRUNCATE ${streams.join(", ")}`);
  const copyBoth = () =>
    Promise.all(streams.map((stream) => copyIn(server.url, stream, join(folder, `${stream}.copy`))));
  const { program, copy } = await alternate(rounds, {
    program: async () => (await emptied(), load()),
    copy: async () => (await emptied(), rivalLoad(server, records, copyBoth)),
  });
  return {
    figure: "customer: rows a second, two streams on two connections, against two \\copy",
    value: program.rate,
    floor: copy.rate,
    unit: "rows/s",
    goal: { atLeast: AT_LEAST_OF_COPY },
  };
}

async function* again({ server, folder, rounds, start }: Place): AsyncGenerator<Figure> {
  const records = ROWS;
  const write = async (name: string, input: Partial<Input>) => {
    const path = join(folder, `${name}.ndjson`);
    await writeInput(path, { ...inputOf("customer"), ...input });
    return () => destinationLoad(server, { path, records, start });
  };
  const loads = {
    first: await write("first", { version: 1_000_000 }),
    changed: await write("changed", { version: 2_000_000, edition: 2 }),
    unchanged: await write("unchanged", { version: 3_000_000, edition: 2 }),
  };
  const { first, changed, unchanged } = await alternate(rounds, {
    first: async () => {
      await server.query("DROP TABLE customer; DELETE FROM _sluice.seen");
      return loads.first();
    },
    changed: loads.changed,
    unchanged: async () => {
      // as autovacuum does behind a load: whoever reads a row for the first time marks it, and that is written to WAL
      await server.query("VACUUM ANALYZE customer");
      return loads.unchanged();
    },
  });
  const against = { floor: first.rate, unit: "rows/s" };
  yield { figure: "all rows changed, against a fresh load", value: changed.rate, ...against, goal: { atLeast: 0.75 } };
  yield { figure: "all rows unchanged, against a fresh load", value: unchanged.rate, ...against, goal: { atLeast: 6 } };
  yield {
    figure: "WAL of unchanged rows, against a fresh load",
    value: unchanged.walBytes / 1e6,
    floor: first.walBytes / 1e6,
    unit: "MB",
    goal: { atMost: 0.01 },
  };
}

/** Once each: it is about growth, not about the last percent. */
async function* many({ server, folder, start }: Place): AsyncGenerator<Figure> {
  const path = join(folder, "many.ndjson");
  await writeInput(path, { ...inputOf("narrow"), records: MANY });
  const load = async (from: string, records: number) => {
    await server.query("TRUNCATE narrow");
    return destinationLoad(server, { path: from, records, start });
  };
  const few = await load(join(folder, "narrow.ndjson"), ROWS);
  const all = await load(path, MANY);
  yield {
    figure: `narrow: rows a second for ${MANY} rows, against ${ROWS}`,
    value: all.rate,
    floor: few.rate,
    unit: "rows/s",
    goal: { atLeast: 0.85 },
  };
  yield { figure: `narrow: resident for ${MANY} rows`, value: all.peakMb, unit: "MB", goal: { atMost: MOST_MB } };
}

function inputOf(name: keyof typeof shapes): Input {
  return { shape: shapes[name], streams: [name], records: ROWS, edition: 1, version: 1 };
}

async function sizeOf(server: BenchServer, table: string): Promise<number> {
  const [row] = await server.query<{ bytes: string }>(`SELECT pg_total_relation_size('${table}') AS bytes`);
  return Number(row?.bytes);
}
