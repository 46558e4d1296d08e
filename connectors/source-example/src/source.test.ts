import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";

const bin = join(import.meta.dirname, "bin.ts");

async function sourceExample(...args: string[]): Promise<unknown[]> {
  const { stdout } = await execa("node", ["--conditions=@sluice/source", bin, ...args], { lines: true });
  return stdout.map((line) => JSON.parse(line));
}

test("it counts, with a state every so many numbers and one at the end", async () => {
  const messages = await sourceExample("read", "--count", "5", "--records-per-state", "2");
  const told = messages.flatMap((message) =>
    Object(message).type === "record" || Object(message).type === "state" ? [message] : [],
  );
  expect(told).toMatchObject([
    { record: { stream: "numbers", data: { number: 1 } } },
    { record: { data: { number: 2 } } },
    { state: { records: { numbers: 2 }, data: { last: 2 } } },
    { record: { data: { number: 3 } } },
    { record: { data: { number: 4 } } },
    { state: { data: { last: 4 } } },
    { record: { data: { number: 5 } } },
    { state: { records: { numbers: 5 }, data: { last: 5 } } },
  ]);
});

test("check says how far it will count", async () => {
  expect(await sourceExample("check", "--count", "7")).toMatchObject([
    { connection_status: { message: "Ready to count to 7." } },
  ]);
});
