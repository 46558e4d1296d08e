import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, test } from "vitest";

const BIN = fileURLToPath(new URL("bin.ts", import.meta.url));

function start(...args: string[]) {
  return execa(process.execPath, ["--conditions=@sluice/source", BIN, ...args], { reject: false });
}

test.each(["SIGTERM", "SIGINT"] as const)("prints what a client needs, serves, and exits 0 on %s", async (signal) => {
  const emulator = start("--port", "0", "--objects", "customers=3", "--api-key", "sk_test_mine");
  const settings = new Map<string, string>();
  for await (const line of createInterface(emulator.stdout)) {
    const [name = "", value = ""] = line.split("=", 2);
    settings.set(name, value);
    if (settings.size === 3) break;
  }
  expect([...settings.keys()]).toEqual([
    "SOURCE_STRIPE_BASE_URL",
    "SOURCE_STRIPE_API_KEY",
    "SOURCE_STRIPE_API_VERSION",
  ]);
  expect(settings.get("SOURCE_STRIPE_API_KEY")).toBe("sk_test_mine");
  const url = `${settings.get("SOURCE_STRIPE_BASE_URL")}/v1/customers`;
  const answer = await fetch(url, { headers: { authorization: "Bearer sk_test_mine" } });
  expect(Object(await answer.json()).data).toHaveLength(3);
  emulator.kill(signal);
  expect(await emulator).toMatchObject({ exitCode: 0, stderr: "" });
});

test.each([
  [["--objects", "customers"], "customers=10000,charges=20000"],
  [["--created", "charges=weekly"], "one of uniform, bursty, one_second, long_tail; write charges=long_tail"],
  [["--created", "unicorns=bursty"], '"unicorns" is no stream'],
  [["--objects", "unicorns=1"], '--objects: "unicorns" is no stream'],
  [["--port", "100000"], "Give a whole number from 0 to 65535"],
  [["--sed", "1"], "unknown option '--sed'"],
  [["extra"], "too many arguments"],
])("%j is refused in one sentence with exit code 2", async (args, words) => {
  const { exitCode, stderr, stdout } = await start(...args);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(words);
  expect(stderr).toMatch(/^stripe-emulator: /);
  expect(stdout).toBe("");
});

test("limits and times are taken from the command line", async () => {
  const emulator = start("--port", "0", "--endpoint-rate-limit", "1", "--created", "customers=one_second");
  const settings = new Map<string, string>();
  for await (const line of createInterface(emulator.stdout)) {
    const [name = "", value = ""] = line.split("=", 2);
    settings.set(name, value);
    if (settings.size === 3) break;
  }
  const headers = { authorization: `Bearer ${settings.get("SOURCE_STRIPE_API_KEY")}` };
  const url = `${settings.get("SOURCE_STRIPE_BASE_URL")}/v1/customers?limit=100`;
  const answers = await Promise.all([fetch(url, { headers }), fetch(url, { headers }), fetch(url, { headers })]);
  const page = Object(await answers.find(({ status }) => status === 200)?.json());
  expect(new Set(page.data.map((customer: { created: number }) => customer.created)).size).toBe(1);
  expect(answers.map((answer) => answer.headers.get("stripe-rate-limited-reason"))).toContain("endpoint-rate");
  emulator.kill("SIGTERM");
  await emulator;
});

test("a port that is taken is named, with the remedy", async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const address = holder.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const { exitCode, stderr } = await start("--port", String(port));
  holder.close();
  expect(exitCode).toBe(1);
  expect(stderr).toBe(
    `stripe-emulator: port ${port} of 127.0.0.1 is taken; choose another with --port, or --port 0 for a free one.`,
  );
});

test("help shows the options and what is printed", async () => {
  const { exitCode, stdout } = await start("--help");
  expect(exitCode).toBe(0);
  expect(stdout).toContain("--objects <list>");
});
