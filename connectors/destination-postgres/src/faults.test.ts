import { startProxy, type ProxyFault } from "@sluice/postgres-kit/proxy";
import { afterAll, expect, test } from "vitest";
import { testDatabase } from "./fixtures/database.ts";
import { loadWithFault } from "./fixtures/faulted-load.ts";
import { recordLine, stateLine } from "./fixtures/lines.ts";
import { configuredStream, openWriter } from "./fixtures/open-writer.ts";
import { loadWithKill } from "./fixtures/killed-load.ts";

const database = await testDatabase();
afterAll(() => database.drop());

// Every message is cut by `npm run soak -- destination-postgres`; here are a few, and each COMMIT.
const CUTS = 6;

test.each(["append", "merge", "overwrite", "history"] as const)(
  "a connection that is cut anywhere loses and doubles nothing in the mode %s",
  async (mode) => {
    let number = 0;
    const load = (fault?: ProxyFault) =>
      loadWithFault({
        url: database.url,
        table: `${mode}_${(number += 1)}`,
        mode,
        ...(fault === undefined ? {} : { fault }),
      });
    // the first one makes our own schema as well, and so sends more messages than all others
    await load();
    const whole = await load();
    expect(whole).toMatchObject({ runs: 1 });
    expect(whole.rows.length).toBeGreaterThan(7);
    const faults: ProxyFault[] = [];
    for (let nth = 1; nth <= whole.messages.commits; nth += 1)
      faults.push({ at: "commit", nth, when: nth % 2 === 0 ? "before" : "after", action: "reset" });
    for (let cut = 1; cut <= CUTS; cut += 1) {
      const at = cut % 2 === 0 ? "client" : "server";
      const nth = Math.ceil((whole.messages[at] * cut) / (CUTS + 1));
      faults.push({ at, nth, when: cut % 3 === 0 ? "midway" : "before", action: "reset" });
    }
    for (const fault of faults) {
      const cut = await load(fault);
      expect({ fault, fired: cut.fired, rows: cut.rows }).toEqual({ fault, fired: true, rows: whole.rows });
    }
  },
);

test.each(["append", "merge", "overwrite", "history"] as const)(
  "a process that is killed with SIGKILL, before a COMMIT or behind it, loses and doubles nothing in the mode %s",
  async (mode) => {
    const whole = await loadWithFault({ url: database.url, table: `whole_${mode}`, mode });
    // the last COMMIT is of the end; the ones before it are of rows
    for (const [back, when] of [
      [4, "before"],
      [2, "after"],
    ] as const) {
      const fault: ProxyFault = { at: "commit", nth: whole.messages.commits - back, when, action: "blackhole" };
      const killed = await loadWithKill({ url: database.url, table: `killed_${mode}_${when}`, mode, fault });
      expect({ fault, fired: killed.fired, rows: killed.rows }).toEqual({ fault, fired: true, rows: whole.rows });
    }
  },
);

test("a server that vanishes without a word in the middle of a commit holds up nobody who gives up", async () => {
  const load = async (name: string, fault?: ProxyFault) => {
    await using proxy = await startProxy(database.url, fault);
    const stream = configuredStream(name, { id: { type: "integer" } });
    const { receiver, send } = await openWriter(proxy.url, [stream], { pipelineId: name, max_batch_ms: 0 });
    await send(recordLine(name, { id: 1 }, { version: 1 }) + stateLine(name, { seq: 1 }));
    if (fault === undefined) await receiver.end();
    else await expect.poll(() => proxy.fired).toBe(true);
    await receiver.abort();
    return proxy.counts.commits;
  };
  // the first one makes our own schema as well
  await load("unhurt");
  const commits = await load("unhurt_too");
  await load("vanished", { at: "commit", nth: commits, when: "before", action: "blackhole" });
});
