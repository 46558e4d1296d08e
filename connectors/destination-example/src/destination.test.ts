import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, onTestFinished, test } from "vitest";

const source = join(import.meta.dirname, "..", "..", "source-example", "src", "bin.ts");
const destination = join(import.meta.dirname, "bin.ts");

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "destination-example-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

type Pipe = { folder: string; read?: string; env?: Record<string, string> };

/** Runs the pipe as a shell does, its echoes appended to `states.ndjson` in the folder. */
function pipe({ folder, read = "", env = {} }: Pipe): Promise<unknown> {
  const node = "node --conditions=@sluice/source";
  const command = `${node} $SOURCE read ${read} | ${node} $DESTINATION write --folder "$FOLDER/data" >> "$FOLDER/states.ndjson"`;
  return execa("bash", ["-o", "pipefail", "-c", command], {
    env: { SOURCE: source, DESTINATION: destination, FOLDER: folder, ...env },
  });
}

async function write(
  folder: string,
  streams: object[],
  records: string[] = [],
): Promise<{ exitCode: unknown; stderr: string }> {
  const catalog = JSON.stringify({ type: "catalog", catalog: { streams } });
  const args = ["--conditions=@sluice/source", destination, "write", "--folder", folder];
  const { exitCode, stderr } = await execa("node", args, {
    input: [catalog, ...records].join("\n") + "\n",
    reject: false,
  });
  return { exitCode, stderr };
}

/** Yields the numbers in the file, of which the last line may be cut while the pipe is dead. */
async function numbersIn(folder: string): Promise<number[]> {
  const text = await readFile(join(folder, "data", "numbers.ndjson"), "utf8");
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line).data.number);
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

test("a bare pipe writes each record once, and a later one continues from the echoed states", async () => {
  const folder = await newFolder();
  await pipe({ folder, read: "--count 250" });
  expect(await numbersIn(folder)).toEqual(upTo(250));
  await pipe({ folder, read: '--count 400 --state "$FOLDER/states.ndjson"' });
  expect(await numbersIn(folder)).toEqual(upTo(400));
  await pipe({ folder, read: '--count 400 --state "$FOLDER/states.ndjson"' });
  expect(await numbersIn(folder)).toEqual(upTo(400));
});

test("after a pipe was killed the next one continues, and no number is missing", async () => {
  const folder = await newFolder();
  await writeFile(join(folder, "states.ndjson"), "");
  const child = execa(
    "bash",
    [
      "-c",
      'node --conditions=@sluice/source $SOURCE read --count 1000000000 | node --conditions=@sluice/source $DESTINATION write --folder "$FOLDER/data"',
    ],
    { env: { SOURCE: source, DESTINATION: destination, FOLDER: folder }, detached: true, reject: false, buffer: false },
  );
  let echoed = "";
  for await (const chunk of child.stdout) {
    echoed += String(chunk);
    if (echoed.includes('"seq":20')) break;
  }
  // the whole group, as a machine that loses power ends all at once
  process.kill(-(child.pid ?? 0), "SIGKILL");
  await child;
  await appendFile(join(folder, "states.ndjson"), echoed);
  const last = Math.max(...(await numbersIn(folder))) + 1000;
  await pipe({ folder, read: `--count ${last} --state "$FOLDER/states.ndjson"` });
  expect([...new Set(await numbersIn(folder))].sort((one, other) => one - other)).toEqual(upTo(last));
});

test("half a line that a crash left is dropped, so that the next record stands alone", async () => {
  const folder = await newFolder();
  const file = join(folder, "a.ndjson");
  await writeFile(file, '{"op":"upsert","data":{"id":1}}\n{"op":"ups');
  await write(folder, [{ name: "a", json_schema: {} }], ['{"type":"record","record":{"stream":"a","data":{"id":2}}}']);
  expect(await readFile(file, "utf8")).toBe('{"op":"upsert","data":{"id":1}}\n{"op":"upsert","data":{"id":2}}\n');
});

test.each(["../a", "a/b", "/etc/a", "..", "a\\b", ".hidden", "a\0b"])(
  "the stream name %j does not become a path",
  async (name) => {
    const folder = await newFolder();
    expect((await write(join(folder, "data"), [{ name, json_schema: {} }])).exitCode).toBe(10);
    expect(await readdir(folder, { recursive: true })).toEqual(["data"]);
  },
);

test("a mode that replaces rows is refused, and one that merges them is warned of", async () => {
  const folder = await newFolder();
  const stream = { name: "a", json_schema: {}, primary_key: ["id"] };
  const configured = { stream, sync_mode: "full_refresh", destination_mode: "overwrite" };
  expect(await write(folder, [configured])).toMatchObject({
    exitCode: 10,
    stderr: expect.stringContaining("asks for overwrite"),
  });
  expect((await write(folder, [stream])).stderr).toContain('warn: "a" is not merged');
});

test("each digit of a record is in its file", async () => {
  const folder = await newFolder();
  const data = '{"id":9007199254740993,"amount":1.10,"huge":1e400}';
  await write(folder, [{ name: "a", json_schema: {} }], [`{"type":"record","record":{"stream":"a","data":${data}}}`]);
  expect(await readFile(join(folder, "a.ndjson"), "utf8")).toBe(`{"op":"upsert","data":${data}}\n`);
});

test("a stream that comes in the middle of the input gets its file", async () => {
  const folder = await newFolder();
  const late = { type: "catalog", catalog: { streams: [{ name: "late", json_schema: {} }] } };
  const record = '{"type":"record","record":{"stream":"late","data":{"id":1}}}';
  await write(folder, [{ name: "a", json_schema: {} }], [JSON.stringify(late), record]);
  expect(await readFile(join(folder, "late.ndjson"), "utf8")).toBe('{"op":"upsert","data":{"id":1}}\n');
});

test("a folder that cannot be made is told in a sentence", async () => {
  const result = await write("/dev/null/files", [{ name: "a", json_schema: {} }]);
  expect(result).toEqual({
    exitCode: 10,
    stderr: expect.stringContaining("The folder /dev/null/files cannot be made"),
  });
});
