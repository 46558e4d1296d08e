import { alternate, type Bench, type BenchContext, cpuTimed, type Figure, peakResidentMb } from "@sluice/evidence";
import { setTimeout as pause } from "node:timers/promises";
import { Account, readToNowhere } from "./fixtures/account.ts";

const OBJECTS = 100_000;
const MANY = 1_000_000;
const COUNTED = 10_000;
const ACCOUNTS = 5000;
const RATE_STREAMS = ["charges", "customers", "payment_intents", "refunds", "invoiceitems"];
const RATE_OBJECTS = 15_000;
const IN_FLIGHT = 20;
/** The second is the first ten times as slow, so that only the order of requests counts, however busy the machine is. */
const RATES = [
  { latencyMs: 100, budget: 100, settleMs: 1000, measureMs: 4000 },
  { latencyMs: 1000, budget: 10, settleMs: 10_000, measureMs: 20_000 },
] as const;

/** Measures what reading lists costs: CPU, memory, requests, and how much of the budget is used. */
export const bench: Bench = {
  measures:
    "The executable, a single file as it is shipped, reads the charges of an emulator that answers indented, its output thrown away, from its start to its end; the floor parses and stringifies the same pages in memory. Requests are compared with the fewest that could do, and the rate that five lists together come to behind a latency with the budget.",
  async *run(context) {
    yield* cost(context);
    yield* many();
    yield* accounts();
    for (const created of ["uniform", "bursty", "one_second", "long_tail"] as const) yield await requests(created);
    for (const setting of RATES) yield await rate(setting);
  },
};

async function* cost({ rounds, note }: BenchContext): AsyncGenerator<Figure> {
  await using account = await Account.open({ objects: { charges: OBJECTS } });
  const pages = await account.pages("charges");
  note(`${pages.length} pages of ${Math.round((pages[0]?.length ?? 0) / 1000)} kB`);
  let peakMb = 0;
  const { source, parse } = await alternate(rounds, {
    source: async () => {
      const once = await readOnce(account, OBJECTS);
      peakMb = Math.max(peakMb, once.peakMb);
      return { rate: once.rate };
    },
    parse: async () => {
      const { ownCpuS } = await cpuTimed(async () => parseAll(pages));
      return { rate: OBJECTS / ownCpuS };
    },
  });
  const [value, floor] = [source.rate, parse.rate];
  yield { figure: "objects a CPU second, indented", value, floor, unit: "objects/s", goal: { atLeast: 1.3 } };
  yield { figure: `resident at ${OBJECTS} objects`, value: peakMb, unit: "MB", goal: { atMost: 170 } };
}

/** Once: it is about growth, not about the last percent. */
async function* many(): AsyncGenerator<Figure> {
  await using account = await Account.open({ objects: { charges: MANY } });
  const { peakMb, rate } = await readOnce(account, MANY);
  yield { figure: `objects a CPU second, of ${MANY}`, value: rate, unit: "objects/s", goal: { atLeast: 45_000 } };
  yield { figure: `resident at ${MANY} objects`, value: peakMb, unit: "MB", goal: { atMost: 170 } };
  const value = (await account.requests())["/v1/charges"] ?? NaN;
  yield { figure: `requests for ${MANY} objects`, value, floor: MANY / 100, unit: "requests", goal: { atMost: 1.1 } };
}

/** A read of many accounts has the memory and the requests at once of a read of few. */
async function* accounts(): AsyncGenerator<Figure> {
  await using platform = await Account.open({
    objects: { accounts: ACCOUNTS },
    accountObjects: { customers: 3, coupons: 1 },
  });
  // or no two requests would ever be under way together
  await platform.delay(5);
  const read = readToNowhere(platform, ["customers", "coupons"], { SOURCE_STRIPE_ACCOUNT_IDS: "all" });
  using memory = peakResidentMb(read.pid ?? 0);
  await read;
  const peakMb = memory.peakMb();
  const { total, most_at_once: atOnce } = await platform.summary();
  yield { figure: `resident at ${ACCOUNTS} accounts`, value: peakMb, unit: "MB", goal: { atMost: 200 } };
  yield { figure: `requests at once, ${ACCOUNTS} accounts`, value: atOnce, unit: "requests", goal: { atMost: 10 } };
  // two lists and the events of each account, and the pages of the list of accounts
  const floor = 3 * (ACCOUNTS + 1) + Math.ceil(ACCOUNTS / 100);
  yield { figure: `requests for ${ACCOUNTS} accounts`, value: total, floor, unit: "requests", goal: { atMost: 1.01 } };
}

async function readOnce(account: Account, objects: number): Promise<{ peakMb: number; rate: number }> {
  let peakMb = NaN;
  const { childCpuS } = await cpuTimed(async () => {
    const read = readToNowhere(account, ["charges"]);
    using memory = peakResidentMb(read.pid ?? 0);
    await read;
    peakMb = memory.peakMb();
  });
  return { peakMb, rate: objects / childCpuS };
}

/** What a source would do that took the objects apart. */
function parseAll(pages: readonly Buffer[]): number {
  let bytes = 0;
  for (const page of pages)
    for (const object of JSON.parse(page.toString()).data) bytes += JSON.stringify(object).length;
  return bytes;
}

async function requests(created: string): Promise<Figure> {
  await using account = await Account.open({ objects: { charges: COUNTED }, created: { charges: created } });
  await readToNowhere(account, ["charges"]);
  const value = (await account.requests())["/v1/charges"] ?? NaN;
  const figure = `requests for ${COUNTED} objects, ${created}`;
  return { figure, value, floor: COUNTED / 100, unit: "requests", goal: { atMost: 1.1 } };
}

async function rate({ latencyMs, budget, settleMs, measureMs }: (typeof RATES)[number]): Promise<Figure> {
  await using account = await Account.open({
    objects: Object.fromEntries(RATE_STREAMS.map((stream) => [stream, RATE_OBJECTS])),
  });
  await account.delay(latencyMs);
  const read = readToNowhere(account, RATE_STREAMS, {
    SOURCE_STRIPE_MAX_REQUESTS_PER_SECOND: String(budget),
    SOURCE_STRIPE_CONCURRENCY: String(IN_FLIGHT),
  });
  while ((await account.requests())[`/v1/${RATE_STREAMS[0]}`] === undefined) await pause(10);
  await pause(settleMs);
  const before = await account.total();
  const startedAt = performance.now();
  await pause(measureMs);
  const value = ((await account.total()) - before) / ((performance.now() - startedAt) / 1000);
  read.kill();
  await read;
  const figure = `requests a second after ${settleMs / 1000} s, ${latencyMs} ms away, five lists`;
  return { figure, value, floor: budget, unit: "requests/s", goal: { atLeast: 0.95 } };
}
