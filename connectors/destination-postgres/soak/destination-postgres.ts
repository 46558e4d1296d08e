import { deepStrictEqual } from "node:assert/strict";
import type { Soak } from "@sluice/evidence";
import type { ProxyFault } from "@sluice/postgres-kit/proxy";
import { createDatabase, startPostgres } from "@sluice/postgres-kit/server";
import { loadWithFault, type FaultedResult } from "../src/fixtures/faulted-load.ts";

const modes = ["append", "merge", "overwrite", "history"] as const;
const moments = ["before", "midway", "after"] as const;

/** A connection that is cut at each protocol message in turn, in every mode. */
export const soak: Soak = {
  proves:
    "A database connection that is cut before, in the middle of or behind any protocol message loses and doubles no row, in any mode.",
  seeds: 400,
  sampleSeeds: 2,
  async open() {
    const server = await startPostgres();
    const database = await createDatabase(server.url);
    let number = 0;
    const load = (mode: (typeof modes)[number], fault?: ProxyFault) =>
      loadWithFault({
        url: database.url,
        table: `${mode}_${(number += 1)}`,
        mode,
        ...(fault === undefined ? {} : { fault }),
      });
    const whole = new Map<string, FaultedResult>();
    for (const mode of modes) {
      await load(mode);
      whole.set(mode, await load(mode));
    }
    return {
      async prove(seed) {
        for (const mode of modes) {
          const at = seed % 2 === 0 ? "client" : "server";
          const { rows, messages } = whole.get(mode) as FaultedResult;
          const nth = 1 + (Math.floor(seed / 2) % messages[at]);
          const when = moments[seed % 3] ?? "before";
          const cut = await load(mode, { at, nth, when, action: "reset" });
          deepStrictEqual(cut.rows, rows, `${mode}: cut ${when} the ${at}'s message ${nth}`);
        }
        return modes.length;
      },
      async [Symbol.asyncDispose]() {
        await database.drop();
        await server.stop();
      },
    };
  },
};
