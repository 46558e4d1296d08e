import { type Emulator, startEmulator } from "@sluice/stripe-emulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listed, streamNamed } from "./fixtures/account.ts";
import { environment, run, start } from "./fixtures/source-process.ts";

const streams = ["customers", "charges", "payment_methods", "invoices_lines"];
let emulator: Emulator;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-crash-"));
  emulator = await startEmulator({
    now: 1_790_000_000,
    objects: { customers: 1500, charges: 2500, payment_methods: 900 },
  });
});
afterAll(async () => {
  await emulator.close();
  await rm(folder, { recursive: true });
});

/** Resolves to the whole lines that a read printed until it was killed, so many milliseconds behind its first. */
async function killed(args: string[], afterMs: number): Promise<string[]> {
  const read = start(args, environment(emulator));
  let timer: NodeJS.Timeout | undefined;
  read.stdout.once("data", () => {
    timer = setTimeout(() => read.kill("SIGKILL"), afterMs);
  });
  const { stdout } = await read;
  clearTimeout(timer);
  // the last line may be cut
  return stdout.slice(0, stdout.lastIndexOf("\n")).split("\n");
}

function idsIn(lines: readonly string[]): Map<string, Set<string>> {
  const ids = new Map(streams.map((stream) => [stream, new Set<string>()]));
  for (const line of lines) {
    const message = JSON.parse(line);
    if (message.type === "record") ids.get(message.record.stream)?.add(message.record.data.id);
  }
  return ids;
}

test("a read that was killed anywhere goes on from any state that it printed, and nothing is missing", async () => {
  const truth = new Map<string, string[]>();
  for (const stream of streams) {
    truth.set(
      stream,
      (await listed(emulator, streamNamed(stream))).map(({ id }) => id),
    );
  }
  for (const [turn, afterMs] of [5, 40, 90, 200].entries()) {
    const lines = await killed(["read", "--streams", streams.join(",")], afterMs);
    const states = lines.flatMap((line, at) => (line.startsWith('{"type":"state"') ? [at] : []));
    // what a destination has stored by some state, and nothing behind it
    const kept = lines.slice(0, (states[Math.floor((states.length * turn) / 4)] ?? -1) + 1);
    const file = join(folder, `state-${turn}.ndjson`);
    await writeFile(file, kept.map((line) => `${line}\n`).join(""));
    const rest = await run(["read", "--streams", streams.join(","), "--state", file], environment(emulator));
    expect(rest.exitCode).toBe(0);
    const [before, after] = [idsIn(kept), idsIn(rest.lines)];
    for (const [stream, ids] of truth) {
      const have = new Set([...(before.get(stream) ?? []), ...(after.get(stream) ?? [])]);
      expect(ids.filter((id) => !have.has(id))).toEqual([]);
    }
  }
});
