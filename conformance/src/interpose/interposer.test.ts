import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commandOf, ended, linesOf, run, start, untilStderr, type Run } from "../fixtures/program.ts";
import { sentRows, storedRows } from "../fixtures/rows.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const READ = [...commandOf("source"), "read", "--records", "9"];
const honest = await run("source", ["read", "--records", "9"]);
const lines = linesOf(honest);
const recordFive = lines.findIndex((line) => line.includes('"data":{"id":5,')) + 1;

/** Runs the source with a fault at an event. */
function read(at: string, action: string, ...more: string[]): Promise<Run> {
  return run("interpose", ["--at", at, "--do", action, "--", ...READ, ...more]);
}

/** Runs the destination with a fault at an event, on the input of an honest source. */
async function write(at: string, action: string, ...more: string[]): Promise<Run & { folder: string }> {
  const folder = await temporaryFolder();
  const command = [...commandOf("destination"), "write", "--folder", folder, ...more];
  const ending = await run(
    "interpose",
    ["--at", at, "--do", action, "--", ...command],
    Buffer.from(honest.stdout, "latin1"),
  );
  return { ...ending, folder };
}

test("every byte is passed on, and an event that never came is told with an exit code of its own", async () => {
  const bytes = Buffer.from(Array.from({ length: 2_000_000 }, (_, index) => (index * 7919) % 256));
  const { exitCode, stdout, stderr } = await run("interpose", ["--at", "record", "--do", "kill", "--", "cat"], bytes);
  expect(exitCode).toBe(90);
  expect(stderr).toContain("the event record never came, so that kill was not done; the connector ended with 0");
  expect(Buffer.from(stdout, "latin1").equals(bytes)).toBe(true);
  expect(await read("record:19", "kill")).toMatchObject({ exitCode: 90 });
});

test("kill ends the connector behind the event, or before it, and the signal is told", async () => {
  const behind = await read("record:5", "kill");
  expect({ signal: behind.signal, lines: linesOf(behind) }).toEqual({
    signal: "SIGKILL",
    lines: lines.slice(0, recordFive),
  });
  const before = await read("before:record:5", "kill");
  expect({ signal: before.signal, lines: linesOf(before) }).toEqual({
    signal: "SIGKILL",
    lines: lines.slice(0, recordFive - 1),
  });
});

test("a connector that was through before its event was found in the pipe is seen killed all the same", async () => {
  const said = join(await temporaryFolder(), "said");
  await writeFile(said, honest.stdout, "latin1");
  const cat = await run("interpose", ["--at", "record:5", "--do", "kill", "--", "cat", said]);
  expect({ signal: cat.signal, lines: linesOf(cat) }).toEqual({ signal: "SIGKILL", lines: lines.slice(0, recordFive) });
});

test("kill at an echo leaves what was committed", async () => {
  const { signal, stdout, folder } = await write("before:echo:2", "kill");
  expect({ signal, echoes: stdout.match(/"type":"state"/g) }).toEqual({
    signal: "SIGKILL",
    echoes: ['"type":"state"'],
  });
  expect(storedRows(folder)["stream_1"]?.slice(0, 8)).toEqual(sentRows(honest.stdout)["stream_1"]?.slice(0, 8));
});

test("kill at a record on its way into a destination lets nothing behind it through", async () => {
  const { signal, folder } = await write("record:5", "kill");
  expect(signal).toBe("SIGKILL");
  expect(storedRows(folder)["stream_1"]?.length ?? 0).toBeLessThanOrEqual(4);
});

test("exit gives an exit code in the connector's place", async () => {
  const { exitCode, stdout } = await read("status:complete", "exit:0");
  expect(exitCode).toBe(0);
  expect(linesOf({ stdout }).at(-1)).toContain('"stream_1","status":"complete"');
});

test("term asks it to end, and what it still says is passed on", async () => {
  const { exitCode, stdout } = await read("record:5", "term", "--pause-ms", "20", "--records", "100000");
  expect(exitCode).toBe(143);
  expect(linesOf({ stdout }).at(-1)).toContain('"status":"incomplete"');
});

test("stop for a while and stall delay and change nothing", async () => {
  for (const action of ["stop:50", "stall:50"]) {
    const { exitCode, stdout } = await read("state:2", action);
    expect({ exitCode, lines: linesOf({ stdout }) }).toEqual({ exitCode: 0, lines });
  }
});

test("stop for good leaves it frozen, and it goes with the interposer, even by SIGKILL", async () => {
  const child = start("interpose", ["--at", "catalog", "--do", "stop", "--", ...READ, "--pause-ms", "1000"]);
  const pid = Number(/process (\d+) is frozen/.exec(await untilStderr(child, "is frozen"))?.[1]);
  child.nodeChildProcess.kill("SIGKILL");
  await ended(child);
  await expect.poll(() => isAlive(pid), { timeout: 30_000 }).toBe(false);
});

test("close ends the pipe for both sides while the connector lives", async () => {
  const toOut = await read("record:5", "close", "--records", "100000");
  expect({ exitCode: toOut.exitCode, lines: linesOf(toOut) }).toEqual({
    exitCode: 12,
    lines: lines.slice(0, recordFive),
  });
  const toIn = await write("record:5", "close");
  expect(toIn).toMatchObject({ exitCode: 14, stderr: expect.stringContaining("ended before") });
});

test("a reader sees the end of a closed pipe while the connector goes on", async () => {
  const child = start("interpose", ["--at", "record:5", "--do", "close", "--", ...READ, "--fault", "hangs_at_end"]);
  const hangs = untilStderr(child, "It hangs");
  child.stdout.resume();
  await once(child.stdout, "end");
  expect(child.nodeChildProcess.exitCode).toBeNull();
  await hangs;
  child.kill("SIGTERM");
  expect(await ended(child)).toMatchObject({ signal: "SIGTERM" });
});

test("garbage stands behind the event, or before it", async () => {
  const garbage = '{"type":"record","record":{"stream":\n';
  expect(linesOf(await read("record:5", "garbage"))).toEqual(lines.toSpliced(recordFive, 0, garbage));
  expect(linesOf(await read("before:record:5", "garbage"))).toEqual(lines.toSpliced(recordFive - 1, 0, garbage));
  expect(await write("record:5", "garbage")).toMatchObject({ exitCode: 13 });
});

test("the connector's own end and the signals for it pass through", async () => {
  expect(await read("catalog", "stall:1", "--fault", "refuses_credentials")).toMatchObject({ exitCode: 11 });
  const child = start("interpose", ["--at", "catalog", "--do", "stall:1", "--", ...READ, "--fault", "hangs_at_end"]);
  await untilStderr(child, "It hangs");
  child.kill("SIGINT");
  expect(await ended(child)).toMatchObject({ signal: "SIGINT" });
});

test("a command line that cannot be is refused in one sentence", async () => {
  const usage = (...args: string[]) => run("interpose", args);
  for (const args of [[], ["--at", "record", "--do", "kill"], ["--at", "record:x", "--do", "kill", "--", "cat"]]) {
    expect(await usage(...args)).toMatchObject({ exitCode: 2, stdout: "" });
  }
  expect(await usage("--at", "record", "--do", "explode", "--", "cat")).toMatchObject({
    exitCode: 2,
    stderr: 'sluice-interpose: "explode" is no action. See --help.\n',
  });
  const script = join(await temporaryFolder(), "not-executable");
  await writeFile(script, "#!/bin/sh\n");
  for (const command of ["no-such-program", script]) {
    expect(await usage("--at", "record", "--do", "kill", "--", command)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("did not start"),
    });
  }
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // it is gone
    return false;
  }
}
