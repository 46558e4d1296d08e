import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import pg from "pg";
import { expect, test } from "vitest";

const BIN = join(import.meta.dirname, "bin.ts");

/** Starts the command, runs a query through it when it listens, and resolves to how it ended on SIGTERM. */
async function proxy(...args: string[]) {
  const child = spawn(process.execPath, ["--conditions=@sluice/source", BIN, ...args]);
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  const url = new Promise<string>((resolve) => {
    child.stdout.once("data", (chunk) => resolve(String(chunk).trim().replace("DATABASE_URL=", "")));
    child.once("exit", () => resolve(""));
  });
  let answer = "none";
  if ((await url) !== "") {
    const client = new pg.Client({ connectionString: await url });
    client.on("error", () => {});
    await client.connect();
    answer = await client.query("SELECT 1").then(
      () => "told",
      () => "cut",
    );
    await client.end().catch(() => {});
    child.kill("SIGTERM");
  }
  if (child.exitCode === null) await once(child, "exit");
  return { answer, exitCode: child.exitCode, stdout: await stdout, stderr: await stderr };
}

test("it prints the URL that leads through it, and at its end what went through", async () => {
  const { answer, exitCode, stdout } = await proxy();
  expect({ answer, exitCode }).toEqual({ answer: "told", exitCode: 0 });
  expect(JSON.parse(stdout.split("\n")[1] ?? "")).toMatchObject({ connections: 1, commits: 0 });
});

test("its fault strikes, or an exit code of its own says that it did not", async () => {
  const struck = await proxy("--at", "client:4", "--when", "before", "--do", "reset");
  expect(struck).toMatchObject({ answer: "cut", exitCode: 0 });
  const spared = await proxy("--at", "commit:1", "--when", "after", "--do", "stall:10");
  expect(spared).toMatchObject({ answer: "told", exitCode: 90, stderr: expect.stringContaining("never struck") });
});

test.each([
  ["--at", "client:5"],
  ["--at", "client:0", "--when", "before", "--do", "reset"],
  ["--at", "client:1", "--when", "soon", "--do", "reset"],
  ["--at", "client:1", "--when", "before", "--do", "stall"],
  ["--port", "5432"],
])("the arguments %s %s %s %s %s %s are refused", async (...args) => {
  expect(await proxy(...args)).toMatchObject({
    exitCode: 2,
    stdout: "",
    stderr: expect.stringContaining("Give all of"),
  });
});
