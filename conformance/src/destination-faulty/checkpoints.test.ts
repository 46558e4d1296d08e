import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ended, run, start, type Run } from "../fixtures/program.ts";
import { sentRows, storedRows } from "../fixtures/rows.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const ARGS = ["--pipeline", "p", "--folder"];

/** Runs source and destination over the same folder, the source from the states that are kept there. */
async function pipe(folder: string, records: number): Promise<Run> {
  const kept = await run("transactional", ["checkpoint", "get", ...ARGS, folder]);
  const states = join(folder, "states.ndjson");
  await writeFile(states, kept.stdout);
  const { stdout } = await run("source", ["read", "--records", String(records), "--state", states]);
  return run("transactional", ["write", ...ARGS, folder], Buffer.from(stdout, "latin1"));
}

const all = async (records: number) => sentRows((await run("source", ["read", "--records", String(records)])).stdout);

test("the epoch and the stored states are told first, and each row comes once", async () => {
  const folder = await temporaryFolder();
  for (const [index, records] of [9, 9, 14].entries()) {
    const { exitCode, stdout } = await pipe(folder, records);
    const [ready] = stdout.split("\n").map((line) => (line === "" ? undefined : JSON.parse(line)));
    expect(exitCode).toBe(0);
    expect(ready).toMatchObject({ type: "ready", ready: { epoch: index + 1 } });
    expect(ready.ready.states.map((state: { data: unknown }) => state.data)).toEqual(
      index === 0 ? [] : [{ last: 9 }, { last: 9 }],
    );
    expect(storedRows(folder)).toEqual(await all(records));
  }
});

test("rows without their state are dropped when the next writer opens, so that a kill doubles none", async () => {
  const folder = await temporaryFolder();
  const { stdout } = await run("source", ["read", "--records", "9"]);
  const child = start("transactional", ["write", ...ARGS, folder]);
  child.stdin.write(stdout.slice(0, stdout.indexOf('"data":{"id":7')));
  await once(child.stdout, "data");
  await expect.poll(() => storedRows(folder)["stream_1"]?.length, { timeout: 30_000 }).toBe(4);
  child.kill("SIGKILL");
  await ended(child);
  // as if the writer had died in between: the rows are there, and nothing speaks for them
  await writeFile(join(folder, "stream_1.ndjson"), '{"op":"upsert","data":{"id":5}}\n{"op":"up', { flag: "a" });
  expect(await pipe(folder, 9)).toMatchObject({ exitCode: 0 });
  expect(storedRows(folder)).toEqual(await all(9));
});

test("rows of a writer that died in its first commit are dropped, too", async () => {
  const folder = await temporaryFolder();
  const { stdout } = await run("source", ["read", "--records", "9"]);
  const child = start("transactional", ["write", ...ARGS, folder]);
  child.stdin.write(stdout.slice(0, stdout.indexOf("\n") + 1));
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await ended(child);
  await writeFile(join(folder, "stream_1.ndjson"), '{"op":"upsert","data":{"id":1}}\n', { flag: "a" });
  expect(await pipe(folder, 9)).toMatchObject({ exitCode: 0 });
  expect(storedRows(folder)).toEqual(await all(9));
});

test("a writer that was overtaken commits no row any more", async () => {
  const folder = await temporaryFolder();
  const { stdout } = await run("source", ["read", "--records", "9"]);
  const firstState = stdout.indexOf("\n", stdout.indexOf('"type":"state"')) + 1;
  const zombie = start("transactional", ["write", ...ARGS, folder]);
  zombie.stdin.write(stdout.slice(0, firstState));
  await expect.poll(() => storedRows(folder)["stream_1"]?.length, { timeout: 30_000 }).toBe(4);
  expect(await pipe(folder, 9)).toMatchObject({ exitCode: 0 });
  zombie.stdin.end(stdout.slice(firstState));
  expect(await ended(zombie)).toMatchObject({ exitCode: 13, stderr: expect.stringContaining("is fenced") });
  expect(storedRows(folder)).toEqual(await all(9));
});

test("with the streams in a file the epoch is told before any input, and a wrong start is refused when it comes", async () => {
  const folder = await temporaryFolder();
  await pipe(folder, 9);
  const { stdout } = await run("source", ["read", "--records", "9"]);
  const catalog = join(folder, "catalog.json");
  await writeFile(catalog, stdout.slice(0, stdout.indexOf("\n")));
  const child = start("transactional", ["write", "--catalog", catalog, ...ARGS, folder]);
  expect(String((await once(child.stdout, "data"))[0])).toContain('"ready":{"epoch":2');
  child.stdin.end(stdout);
  expect(await ended(child)).toMatchObject({ exitCode: 10, stderr: expect.stringContaining("did not continue") });
  expect(storedRows(folder)).toEqual(await all(9));
});

test("a source that did not continue from what is committed is refused, until the states are set or cleared", async () => {
  const folder = await temporaryFolder();
  await pipe(folder, 9);
  const { stdout } = await run("source", ["read", "--records", "9"]);
  const fromTheStart = () => run("transactional", ["write", ...ARGS, folder], Buffer.from(stdout, "latin1"));
  expect(await fromTheStart()).toMatchObject({ exitCode: 10, stderr: expect.stringContaining("did not continue") });

  const kept = await run("transactional", ["checkpoint", "get", ...ARGS, folder]);
  const file = join(folder, "set.ndjson");
  await writeFile(file, kept.stdout.replace('"last":9', '"last":9007199254740993'));
  expect(await run("transactional", ["checkpoint", "set", "--state", file, ...ARGS, folder])).toMatchObject({
    exitCode: 0,
  });
  const set = await run("transactional", ["checkpoint", "get", ...ARGS, folder]);
  expect(set.stdout).toContain('"last":9007199254740993');

  await run("transactional", ["checkpoint", "clear", ...ARGS, folder]);
  expect(await fromTheStart()).toMatchObject({ exitCode: 0 });
});
