import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError } from "@sluice/protocol";
import { execa } from "execa";
import split2 from "split2";

/** About 20,000 objects, most of them in the streams that a business has most of. */
const OBJECTS = "customers=3500,charges=7500";

/** An emulated Stripe account: the settings of a client, and what the demo does to it. */
export type EmulatedAccount = {
  settings: Record<string, string>;
  /** Resolves to how many objects each stream lists. */
  counts(): Promise<Record<string, number>>;
  /** Changes a few objects, as a day of business would; resolves to what was done, in words. */
  change(): Promise<string[]>;
};

/** Starts the emulator, which ends when the signal aborts; resolves once it listens. */
export async function startAccount(executable: string, signal: AbortSignal): Promise<EmulatedAccount> {
  const emulator = execa(executable, ["--port", "0", "--objects", OBJECTS], {
    buffer: false,
    stdin: "ignore",
    stderr: "inherit",
    reject: false,
    cancelSignal: signal,
    killDescendants: true,
  });
  const settings: Record<string, string> = {};
  // execa's own iteration would wait for the emulator's end
  for await (const line of emulator.stdout.pipe(split2()) as AsyncIterable<string>) {
    const [name, value] = line.split("=", 2);
    if (name !== undefined && value !== undefined) settings[name] = value;
    if (Object.keys(settings).length === 3) break;
  }
  const baseUrl = settings["SOURCE_STRIPE_BASE_URL"];
  if (baseUrl === undefined) throw new SluiceError("system", "The emulator did not start; see above what it said.");
  const control = (method: string, path: string, body?: unknown) =>
    askEmulator(`${baseUrl}/_emulator${path}`, method, body);
  return {
    settings,
    counts: async () => (await control("GET", "/counts")) as Record<string, number>,
    async change() {
      const customers = await listed(baseUrl, settings, "customers");
      const done: string[] = [];
      for (const [index, id] of customers.slice(0, 3).entries()) {
        const email = `renamed-${index + 1}@example.com`;
        await control("POST", `/objects/${id}`, { email });
        done.push(`customer ${id} has the e-mail address ${email} now`);
      }
      const created = (await control("POST", "/objects", { object: "customer", name: "Late Arrival" })) as {
        id: string;
      };
      done.push(`customer ${created.id} is new`);
      // Stripe's clock has whole seconds: what is listed within the same one cannot be told apart
      await sleep(1100);
      return done;
    },
  };
}

async function listed(baseUrl: string, settings: Record<string, string>, stream: string): Promise<string[]> {
  const answer = await fetch(`${baseUrl}/v1/${stream}?limit=10`, {
    headers: { authorization: `Bearer ${settings["SOURCE_STRIPE_API_KEY"]}` },
  });
  const { data } = (await answer.json()) as { data: { id: string }[] };
  return data.map(({ id }) => id);
}

async function askEmulator(url: string, method: string, body: unknown): Promise<unknown> {
  const answer = await fetch(url, {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  if (!answer.ok)
    throw new SluiceError("system", `The emulator answered ${answer.status} to ${method} ${new URL(url).pathname}.`);
  return answer.json();
}
