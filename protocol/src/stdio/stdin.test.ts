import { spawn, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";

const FIXTURE = join(import.meta.dirname, "fixtures", "stdin-echo.ts");

function reader(stdin: "pipe" | "ignore" | number | Socket, args: string[] = []) {
  const child: ChildProcess = spawn("node", [FIXTURE, ...args], { stdio: [stdin, "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return { stdin: child.stdin, said: text(child.stdout ?? Readable.from([])), exited: once(child, "exit") };
}

function told(bytes: Buffer): string {
  return `${bytes.length} ${createHash("sha256").update(bytes).digest("hex")}\n`;
}

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-stdin-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

describe("every byte of stdin is read once, in order, and the program ends with it", () => {
  const bytes = randomBytes(3_000_001);

  test("from a pipe, however it is cut", async () => {
    const { stdin, said, exited } = reader("pipe");
    for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7) % 200_003) {
      if (stdin?.write(bytes.subarray(at, at + size)) === false) await once(stdin, "drain");
    }
    stdin?.end();
    expect(await said).toBe(told(bytes));
    expect(await exited).toEqual([0, null]);
  });

  test("from an empty pipe", async () => {
    const { stdin, said } = reader("pipe");
    stdin?.end();
    expect(await said).toBe(told(Buffer.alloc(0)));
  });

  test("from a file", async () => {
    const path = join(await scratch(), "input");
    await writeFile(path, bytes);
    const file = await open(path);
    onTestFinished(() => file.close());
    expect(await reader(file.fd).said).toBe(told(bytes));
  });

  test("from a file that is nothing", async () => {
    expect(await reader("ignore").said).toBe(told(Buffer.alloc(0)));
  });

  test("from a socket", async () => {
    const server = createServer((client) => client.end(bytes));
    onTestFinished(() => void server.close());
    const path = join(await scratch(), "socket");
    server.listen(path);
    await once(server, "listening");
    const socket = connect({ path, onread: { buffer: Buffer.alloc(1), callback: () => true } });
    socket.pause();
    await once(socket, "connect");
    const { said } = reader(socket);
    expect(await said).toBe(told(bytes));
    socket.destroy();
  });
});

test.for([["pipe"], ["a pipe that has said something"]])(
  "an abort ends the reading of %s, and the program",
  async ([what]) => {
    const { stdin, said, exited } = reader("pipe", ["300"]);
    if (what !== "pipe") stdin?.write("abc");
    expect(await said).toBe(what === "pipe" ? "0 AbortError\n" : "3 AbortError\n");
    expect(await exited).toEqual([0, null]);
  },
);
