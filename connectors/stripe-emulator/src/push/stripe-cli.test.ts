import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import Stripe from "stripe";
import { expect, onTestFinished, test } from "vitest";
import { startEmulator } from "../emulator.ts";
import { WebhookSink } from "../fixtures/webhook-sink.ts";

const manifest = import.meta.resolve(`@stripe/cli-${process.platform}-${process.arch}/package.json`);
const CLI = join(dirname(fileURLToPath(manifest)), "bin", "stripe");

test("the Stripe CLI listens, forwards each event signed, acknowledges it, and comes back when its socket is lost", async () => {
  await using emulator = await startEmulator({ objects: { customers: 3 } });
  const home = await mkdtemp(join(tmpdir(), "stripe-cli-"));
  onTestFinished(() => rm(home, { recursive: true }));
  const sink = await WebhookSink.open();
  const args = [
    "listen",
    "--api-key",
    emulator.apiKey,
    "--api-base",
    emulator.url,
    "--no-wss",
    "--skip-update",
    "--all-snapshot",
  ];
  const env = { PATH: process.env["PATH"], HOME: home, XDG_CONFIG_HOME: home, STRIPE_CLI_TELEMETRY_OPTOUT: "1" };
  const options = { env, extendEnv: false, reject: false, all: true } as const;
  const cli = execa(CLI, [...args, "--forward-to", sink.url], options);
  let said = "";
  cli.all.on("data", (chunk: Buffer) => (said += String(chunk)));
  try {
    await expect.poll(() => said, { timeout: 20_000 }).toContain("Ready!");
    const secret = /whsec_\w+/.exec(said)?.[0] ?? "";
    // it is ready before its socket is open
    const event = await taken(sink, () => emulator.create({ object: "coupon" }).id);
    const { body, signature } = event;
    const { id } = new Stripe(emulator.apiKey).webhooks.constructEvent(body, signature, secret);
    await expect.poll(() => emulator.pushed().acknowledged).toContain(id);
    emulator.disconnect();
    await taken(sink, () => emulator.create({ object: "coupon" }).id);
    expect(emulator.requests().paths["/v1/stripecli/sessions"]).toBe(1);
  } finally {
    cli.kill();
    await cli;
  }
}, 60_000);

/** Makes objects until one of their events is forwarded: what nobody hears is lost. */
async function taken(sink: WebhookSink, make: () => string) {
  const ids = new Set<string>();
  const find = () => sink.taken.find(({ body }) => ids.has(JSON.parse(body.toString()).data.object.id));
  await expect
    .poll(
      () => {
        ids.add(make());
        return find();
      },
      { timeout: 20_000, interval: 200 },
    )
    .toBeDefined();
  const found = find();
  if (found === undefined) throw new Error("Nothing was forwarded.");
  return found;
}
