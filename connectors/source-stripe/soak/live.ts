import type { Soak } from "@sluice/evidence";
import { startPostgres } from "@sluice/postgres-kit/server";
import { playLiveStory } from "../src/fixtures/live-story.ts";
import { Random } from "../src/fixtures/random.ts";

const CHANGES = 10_000;
const SAMPLE_CHANGES = 100;
/** Every so many seeds there are several accounts. */
const CONNECT_EVERY = 4;

export const soak: Soak = {
  proves: `\`sluice run --live\` from an account that changes into Postgres, with events that are pushed twice, late, out of order or never, by webhooks, sockets or polls; with requests that break, sockets and sessions that end; with kill -9 of source, destination and runner, runs that are ended and begun again, and a Postgres that crashes: in the end the tables are the account, and no event that was answered with 2xx is missing. ${CHANGES.toLocaleString("en")} changes a seed; every ${CONNECT_EVERY}th is of several accounts.`,
  seeds: 100,
  sampleSeeds: 1,
  concurrency: 3,
  async open({ note }) {
    // a server of its own, since it crashes
    const server = await startPostgres({ release: "newest" });
    return {
      async prove(seed) {
        const changes = process.env["VITEST"] === undefined ? CHANGES : SAMPLE_CHANGES;
        const isConnect = seed % CONNECT_EVERY === 0;
        const started = performance.now();
        const held = await playLiveStory(new Random(seed), { changes, isConnect, serverUrl: server.url });
        note(
          `seed ${seed}: ${held} changes${isConnect ? " of several accounts" : ""}, ${((performance.now() - started) / 1000).toFixed(0)} s`,
        );
        return held;
      },
      [Symbol.asyncDispose]: () => server.stop(),
    };
  },
};
