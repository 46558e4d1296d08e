import type { SourceOutput } from "@sluice/protocol/stdio";
import { type Emulator, startEmulator } from "@sluice/stripe-emulator";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listed, streamNamed } from "../fixtures/account.ts";
import { clientOf } from "../fixtures/client.ts";
import { streamRun } from "../fixtures/stream-run.ts";
import { wholeRange, type Range } from "../range.ts";
import { StreamState } from "../stream-state.ts";

const NOW = 1_790_000_000;
const gone = {
  error: {
    type: "invalid_request_error",
    code: "resource_missing",
    param: "starting_after",
    message: "No such object",
  },
};
/** A list of version 2 that cannot be cut by time. */
const [v2, v2Path] = ["v2_core_vault_us_bank_accounts", "/v2/core/vault/us_bank_accounts"];
let emulator: Emulator;

beforeEach(async () => {
  emulator = await startEmulator({ now: NOW, objects: { charges: 350, payment_methods: 350, [v2]: 50 } });
});
afterEach(() => emulator.close());

async function outputs(name: string, state?: StreamState): Promise<AsyncGenerator<SourceOutput>> {
  const client = clientOf(emulator);
  await client.connect();
  return streamRun({ client, name, state, sync_mode: "full_refresh", concurrency: 1 }).list();
}

/** Resolves to what a read yields; `between` is called behind each state, while nothing is under way. */
async function readAll(reading: AsyncGenerator<SourceOutput>, between: (state: StreamState) => void = () => {}) {
  const [ids, all]: [string[], SourceOutput[]] = [[], []];
  for await (const output of reading) {
    all.push(output);
    if (output.type === "lines") ids.push(...idsIn(output.bytes));
    if (output.type !== "state") continue;
    between(StreamState.parse(output.data));
  }
  return { ids, all, last: all.at(-1) };
}

function idsIn(lines: Buffer): string[] {
  const records = lines
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  return records.map(({ record }) => record.data.id);
}

/** Yields the one range that is left; without a listing nothing is. */
function place({ listing }: StreamState): Range {
  return listing?.ranges[0] ?? wholeRange(null, null);
}

async function idsListed(name: string): Promise<string[]> {
  return (await listed(emulator, streamNamed(name))).map(({ id }) => id);
}

function missing(wanted: readonly string[], got: readonly string[]): string[] {
  const known = new Set(got);
  return wanted.filter((id) => !known.has(id));
}

// charges are listed on from a time, payment methods have no filter by time and are listed again from the start
test.each(["charges", "payment_methods"])(
  "nothing of %s is lost when the object behind which each page begins is deleted",
  async (name) => {
    const deleted: string[] = [];
    const all = await idsListed(name);
    const read = await readAll(await outputs(name), (state) => {
      const { cursor } = place(state);
      if (cursor === null || deleted.length === 3) return;
      deleted.push(cursor);
      emulator.delete(cursor);
    });
    expect(deleted).toHaveLength(3);
    expect(read.last).toEqual({ type: "complete", stream: name });
    expect(missing(all, read.ids)).toEqual([]);
  },
);

test.each(["charges", "payment_methods"])(
  "nothing of %s is lost when a read resumes behind an object that is gone",
  async (name) => {
    const all = await idsListed(name);
    const states: StreamState[] = [];
    const first = await readAll(await outputs(name), (state) => states.push(state));
    expect(states.map(({ listing }) => listing !== null)).toEqual([true, true, true, true, false]);
    for (const [page, state] of states.entries()) {
      const { cursor } = place(state);
      if (cursor !== null) emulator.delete(cursor);
      const resumed = await readAll(await outputs(name, state));
      expect(resumed.last).toEqual({ type: "complete", stream: name });
      expect(missing(all, [...first.ids.slice(0, page * 100), ...resumed.ids])).toEqual([]);
    }
  },
);

test("a read goes on by time, in the same second again, where a list can be cut by it", async () => {
  const all = await idsListed("charges");
  const { ids, all: yielded } = await readAll(await outputs("charges"), (state) => {
    const { cursor, lt } = place(state);
    if (cursor !== null && lt === null) emulator.delete(cursor);
  });
  expect(emulator.requests().paths["/v1/charges"]).toBe(4 + 5);
  expect(new Set(ids).size).toBe(all.length);
  const states = yielded.flatMap((output) => (output.type === "state" ? [output.data] : []));
  expect(states[2]).toMatchObject({
    listing: { ranges: [{ gte: null, lt: expect.any(Number), cursor: null, cursor_created: null }] },
  });
  expect(ids).toHaveLength(all.length);
});

test("a second that holds more objects than a page is read whole, also when its cursor is deleted", async () => {
  const created = NOW - 1000;
  const made = Array.from({ length: 250 }, () => emulator.create({ object: "charge", created }).id);
  let deletions = 0;
  const read = await readAll(await outputs("charges"), (state) => {
    const { cursor, cursor_created: second } = place(state);
    if (cursor === null || second !== created || deletions === 2) return;
    deletions += 1;
    emulator.delete(cursor);
  });
  expect(deletions).toBe(2);
  expect(missing(made, read.ids)).toEqual([]);
  expect(missing(await idsListed("charges"), read.ids)).toEqual([]);
});

test("an empty page where more was announced is not taken for the end", async () => {
  for (const name of ["charges", "payment_methods"]) {
    const { path } = streamNamed(name);
    emulator.addFault({
      path,
      parameter: "starting_after",
      times: 1,
      body: { object: "list", data: [], has_more: false },
    });
    const read = await readAll(await outputs(name));
    expect(read.last).toEqual({ type: "complete", stream: name });
    expect(missing(await idsListed(name), read.ids)).toEqual([]);
  }
});

test("a list whose rest was deleted is complete", async () => {
  const all = await idsListed("charges");
  const read = await readAll(await outputs("charges"), (state) => {
    if (state.listing === null) return;
    for (const id of all.slice(100)) if (emulator.counts()["charges"] !== 100) emulator.delete(id);
  });
  expect(read.last).toEqual({ type: "complete", stream: "charges" });
});

test("a list that can be cut by time is read whole though no cursor is ever known", async () => {
  const all = await idsListed("charges");
  emulator.addFault({ path: "/v1/charges", parameter: "starting_after", status: 400, body: gone });
  const read = await readAll(await outputs("charges"));
  expect(read.last).toEqual({ type: "complete", stream: "charges" });
  expect(missing(all, read.ids)).toEqual([]);
});

test.each(["charges", "payment_methods"])(
  "a list of %s that comes no further without its cursor ends in a failure",
  async (name) => {
    // more of one second than fits on a page
    for (let made = 0; made < 150; made += 1) emulator.create({ object: "charge", created: NOW });
    const { path } = streamNamed(name);
    emulator.addFault({ path, parameter: "starting_after", status: 400, body: gone });
    const { all } = await readAll(await outputs(name));
    expect(all.at(-1)).toMatchObject({
      type: "failure",
      error: { code: "data", message: expect.stringContaining(`The list ${path} cannot be followed to its end`) },
    });
    expect(all.some((output) => output.type === "state" && StreamState.parse(output.data).listing === null)).toBe(
      false,
    );
  },
);

test("a page's address of version 2 that is refused has the list begin anew; a refusal that stays is told as Stripe words it", async () => {
  const refusal = {
    path: v2Path,
    parameter: "page",
    status: 400,
    body: { error: { message: "This page is no more." } },
  };
  const all = await idsListed(v2);
  emulator.addFault({ ...refusal, times: 1 });
  const { ids, last } = await readAll(await outputs(v2));
  expect(last).toEqual({ type: "complete", stream: v2 });
  expect(missing(all, ids)).toEqual([]);
  emulator.clearFaults();
  emulator.addFault(refusal);
  const before = emulator.requests().paths[v2Path] ?? 0;
  const { last: end } = await readAll(await outputs(v2));
  expect(end).toMatchObject({ type: "failure", error: { message: expect.stringContaining("This page is no more.") } });
  // three times the first page and the next one
  expect((emulator.requests().paths[v2Path] ?? 0) - before).toBe(3 * 2);
});

test("a page of version 2 is asked for at its address as it stands, also where the server breaks down", async () => {
  emulator.addFault({ path: v2Path, parameter: "page", times: 2, status: 500, headers: { "retry-after": "0" } });
  const { ids } = await readAll(await outputs(v2));
  expect(ids).toHaveLength(50);
  // 20 objects each, and what broke down
  expect(emulator.requests().paths[v2Path]).toBe(3 + 2);
});

test("a list that begins anew behind its cursor ends in a failure", async () => {
  const [newest] = await idsListed("charges");
  const body = { object: "list", data: [{ id: newest, created: NOW }], has_more: true };
  emulator.addFault({ path: "/v1/charges", body });
  const { last } = await readAll(await outputs("charges"));
  expect(last).toMatchObject({ type: "failure", error: { message: expect.stringContaining("given behind itself") } });
});

test("a stream that fails keeps the states of what it sent, and none behind", async () => {
  emulator.addFault({ path: "/v1/charges", afterRequests: 2, status: 400 });
  const { all } = await readAll(await outputs("charges"));
  expect(all.map(({ type }) => type)).toEqual(["state", "lines", "state", "lines", "state", "failure"]);
});

test("a completed stream that is to be refreshed in full is listed from the beginning again", async () => {
  let end: StreamState | undefined;
  await readAll(await outputs("charges"), (state) => {
    end = state;
  });
  const { ids } = await readAll(await outputs("charges", end));
  expect(ids).toEqual(await idsListed("charges"));
});

test("a list that answers all at once is asked without a page size", async () => {
  const { ids, last } = await readAll(await outputs("reporting_report_types"));
  expect(ids).toEqual(await idsListed("reporting_report_types"));
  expect(last).toEqual({ type: "complete", stream: "reporting_report_types" });
});
