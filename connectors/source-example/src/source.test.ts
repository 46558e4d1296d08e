import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, onTestFinished, test } from "vitest";

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

test.each([
  [
    "a state of somebody else",
    ["--state", "file"],
    { type: "state", state: { seq: 1, scope: "stream", stream: "numbers", data: { page: 2 } } },
  ],
  [
    "a stream that it does not have",
    ["--catalog", "file"],
    { type: "catalog", catalog: { streams: [{ name: "letters", json_schema: {} }] } },
  ],
])("%s is refused in a sentence", async (_, [flag = ""], message) => {
  const folder = await mkdtemp(join(tmpdir(), "source-example-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "file");
  await writeFile(file, `${JSON.stringify(message)}\n`);
  const { exitCode, stderr } = await execa("node", ["--conditions=@sluice/source", bin, "read", flag, file], {
    reject: false,
  });
  expect({ exitCode, stderr }).toEqual({
    exitCode: 10,
    stderr: expect.stringMatching(/^source-example: error: (The state in|There is no stream)/),
  });
});
