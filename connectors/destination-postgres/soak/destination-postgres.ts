import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { Soak } from "@sluice/evidence";
import type { ProxyFault } from "@sluice/postgres-kit/proxy";
import { createDatabase, startPostgres, type TemporaryDatabase } from "@sluice/postgres-kit/server";
import fc from "fast-check";
import { changeCase, orderProblem } from "../src/fixtures/changes.ts";
import { loadWithFault, type FaultedResult } from "../src/fixtures/faulted-load.ts";
import { loadWithKill } from "../src/fixtures/killed-load.ts";
import { roundTripProblem, writtenStream } from "../src/fixtures/round-trip.ts";

const modes = ["append", "merge", "overwrite", "history"] as const;
const moments = ["before", "midway", "after"] as const;
type Mode = (typeof modes)[number];

const ORDERS_PER_SEED = 1;
const STREAMS_PER_SEED = 2;
/** As many as let each message of a client, in each mode, kill a process once; overwriting sends most, some 360. */
const SEEDS = 1440;
/** Each with a database of its own. */
const CONCURRENCY = 3;

/** Connections that are cut and processes that are killed at each protocol message in turn; orders and values at random. */
export const soak: Soak = {
  proves:
    "A database connection that is cut, or a process that is killed with SIGKILL, before, in the middle of or behind any message of the wire protocol loses and doubles no row, in any mode. Any permutation, duplication and batching of versioned changes gives one table, with soft and hard deletes. Records of any schema, names and values of any Unicode, come back as they were written.",
  seeds: SEEDS,
  sampleSeeds: 1,
  concurrency: CONCURRENCY,
  async open() {
    const server = await startPostgres();
    const databases: TemporaryDatabase[] = [];
    const whole = new Map<Mode, FaultedResult>();
    for (let each = 0; each < CONCURRENCY; each += 1) {
      const database = await createDatabase(server.url);
      const { url } = database;
      databases.push(database);
      for (const mode of modes) {
        // the first load makes our own schema as well, and so sends more messages than all others
        await loadWithFault({ url, table: `${mode} first`, mode });
        whole.set(mode, await loadWithFault({ url, table: `${mode} whole`, mode }));
      }
    }
    const faultOf = (seed: number, mode: Mode): ProxyFault => {
      const at = seed % 2 === 0 ? "client" : "server";
      const nth = 1 + (Math.floor(seed / 2) % (whole.get(mode)?.messages[at] ?? 1));
      return { at, nth, when: moments[seed % 3] ?? "before", action: "reset" };
    };
    const assertWhole = (rows: unknown[], mode: Mode, what: string) =>
      deepStrictEqual(rows, whole.get(mode)?.rows, `${mode}: ${what}`);
    const proveIn = async (url: string, seed: number): Promise<number> => {
      let cases = 0;
      for (const mode of modes) {
        const fault = faultOf(seed, mode);
        const { rows } = await loadWithFault({ url, table: `${mode} cut ${seed}`, mode, fault });
        assertWhole(rows, mode, `cut ${fault.when} the ${fault.at}'s message ${fault.nth}`);
        cases += 1;
      }
      const mode = modes[seed % modes.length] ?? "merge";
      const nth = 1 + (Math.floor(seed / modes.length) % (whole.get(mode)?.messages.client ?? 1));
      const when = moments[seed % 3] ?? "before";
      const { rows } = await loadWithKill({
        url,
        table: `${mode} killed ${seed}`,
        mode,
        fault: { at: "client", nth, when, action: "reset" },
      });
      assertWhole(rows, mode, `killed ${when} the client's message ${nth}`);
      cases += 1;
      for (const [index, changes] of fc.sample(changeCase, { seed, numRuns: ORDERS_PER_SEED }).entries()) {
        const deletes = (seed + index) % 2 === 0 ? "soft" : "hard";
        const problem = await orderProblem(changes, { url, deletes, name: `${deletes} ${seed} ${index}` });
        strictEqual(problem, undefined, `${JSON.stringify(changes)} with ${deletes} deletes: ${problem}`);
        cases += 1;
      }
      for (const written of fc.sample(writtenStream, { seed, numRuns: STREAMS_PER_SEED })) {
        const problem = await roundTripProblem(url, written);
        strictEqual(problem, undefined, `${JSON.stringify(written)}: ${problem}`);
        cases += 1;
      }
      return cases;
    };
    const free = databases.map(({ url }) => url);
    return {
      async prove(seed) {
        const url = free.pop();
        if (url === undefined) throw new RangeError(`No more than ${CONCURRENCY} seeds run at the same time.`);
        try {
          return await proveIn(url, seed);
        } finally {
          free.push(url);
        }
      },
      async [Symbol.asyncDispose]() {
        for (const { drop } of databases) await drop();
        await server.stop();
      },
    };
  },
};
