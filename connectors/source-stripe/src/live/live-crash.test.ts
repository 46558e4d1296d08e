import { reservePort } from "@sluice/services";
import { startEmulator } from "@sluice/stripe-emulator";
import { onTestFinished, test } from "vitest";
import { Fold } from "../fixtures/fold.ts";
import { readAndKill } from "../fixtures/killed-read.ts";
import { Random } from "../fixtures/random.ts";
import { assertSame } from "../fixtures/scenario.ts";
import { configOf, Sync } from "../fixtures/sync.ts";
import { endpointAt } from "../fixtures/webhook-endpoint.ts";

const streams = ["customers", "coupons", "charges"];
const KILLS = 3;
const MOST_WAITING = 20;
/** A process takes seconds to start where the machine is busy. */
const TIMEOUT_MS = 180_000;

test(
  "a live read that is killed anywhere goes on from any state that it printed, and nothing is missing",
  async () => {
    await using emulator = await startEmulator({ objects: { customers: 10, coupons: 10, charges: 10 } });
    emulator.configure({ push: { retryMs: Array.from({ length: 1000 }, () => 200) } });
    const listen = `127.0.0.1:${await reservePort()}`;
    const env = {
      SOURCE_STRIPE_EVENTS_MODE: "webhook",
      SOURCE_STRIPE_EVENTS_POLL_SECONDS: "0.2",
      // looking back would repair what a state says too early
      SOURCE_STRIPE_EVENTS_LOOKBACK_SECONDS: "0",
      SOURCE_STRIPE_WEBHOOK_LISTEN: listen,
      SOURCE_STRIPE_WEBHOOK_SECRET: await endpointAt(listen, emulator),
    };
    const random = new Random(1);
    const fold = new Fold();
    const ids: string[] = [];
    // each change is pushed, and gives a line, upon which there is another one; as long as there is a read that takes them,
    // or it would never have caught up with what happened before it
    const change = () => {
      if (emulator.pushed().waiting >= MOST_WAITING) return;
      const known = ids.length > 0 && random.chance(0.6) ? random.pick(ids) : undefined;
      if (known === undefined) {
        ids.push(emulator.create({ object: random.pick(["customer", "coupon", "charge"]) }).id);
      } else if (random.chance(0.3) && !known.startsWith("ch_")) {
        emulator.delete(known);
        ids.splice(ids.indexOf(known), 1);
      } else emulator.update(known, { metadata: { touched: String(random.integer(0, 1e6)) } });
    };
    const account = setInterval(change, 100);
    onTestFinished(() => clearInterval(account));
    for (let kill = 0; kill < KILLS || emulator.pushed().acknowledged.length === 0; kill += 1) {
      // the lists alone are some 40 lines
      const lines = random.integer(5, 150);
      const printed = await readAndKill(emulator, fold, { streams, isLive: true, env, lines, onLine: change });
      const states = printed.flatMap(({ type }, at) => (type === "state" ? [at] : []));
      // what a destination has stored by some state, and nothing behind it
      const last = states.length === 0 ? -1 : random.pick(states);
      for (const output of printed.slice(0, last + 1)) fold.add(output);
    }
    clearInterval(account);
    // the second that is not over is left to the next read
    emulator.advanceClock(2);
    await new Sync(configOf(emulator, { events: { lookback_seconds: 0 } }), fold).run({ streams });
    await assertSame(emulator, fold, { streams });
  },
  TIMEOUT_MS,
);
