import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { afterAll, expect, test } from "vitest";

const BIN = join(import.meta.dirname, "..", "bin.ts");
const folder = await mkdtemp(join(tmpdir(), "sluice-path-"));
afterAll(() => rm(folder, { recursive: true }));

async function executable(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

function sluice(...args: string[]) {
  const env = { PATH: folder + delimiter + (process.env["PATH"] ?? ""), SOURCE_NOSY_TOKEN: "sesame" };
  return execa("node", ["--conditions=@sluice/source", BIN, ...args], { env, reject: false, cwd: folder });
}

test("a command that is not its own runs sluice-COMMAND with the arguments, and ends as that does", async () => {
  await executable("sluice-greet", 'echo "hello $1"; exit 7');
  expect(await sluice("greet", "you")).toMatchObject({ stdout: "hello you", exitCode: 7 });
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "a command that is not its own gets %s once, also where all of its group do, and ends in its own time",
  async (signal) => {
    const told = "trap 'echo SIGTERM' TERM; trap 'echo SIGINT' INT; echo ready";
    await executable("sluice-slow", `${told}; for i in 1 2 3 4 5; do sleep 0.1; done; echo drained; exit 5`);
    const child = execa("node", ["--conditions=@sluice/source", BIN, "slow"], {
      cwd: folder,
      reject: false,
      detached: true,
      env: { PATH: `${folder}${delimiter}${process.env["PATH"]}` },
    });
    await once(child.stdout, "data");
    process.kill(-(child.pid ?? 0), signal);
    expect(await child).toMatchObject({ stdout: `ready\n${signal}\ndrained`, exitCode: 5 });
  },
);

test("a command that nobody has is one sentence and exit code 2", async () => {
  expect(await sluice("no-such-thing")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("sluice-no-such-thing"),
  });
  expect(await sluice("../greet")).toMatchObject({ exitCode: 2 });
  expect(await sluice("demo", "--nonsense")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("--nonsense"),
  });
});

test("connectors lists what can be run, and says of each that cannot why", async () => {
  const spec = {
    type: "spec",
    spec: {
      protocol_version: 1,
      connector: { name: "source-own", version: "3.2.1", kind: "source", description: "Reads our own." },
      config: {},
      capabilities: { incremental: true, live: true },
    },
  };
  await executable("source-own", `echo '${JSON.stringify(spec)}'`);
  await executable("source-broken", "exit 3");
  await executable("destination-talkative", "echo hello");
  await executable("source-nosy", 'echo "token: $SOURCE_NOSY_TOKEN"; env >&2; exit 4');
  const { stdout, exitCode } = await sluice("connectors");
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^source-own 3\.2\.1 {2}.*\n {4}Reads our own\.\n {4}changes only, live$/m);
  expect(stdout).toContain('source-broken (unusable: "source-broken spec" failed with exit code 3.)');
  expect(stdout).toContain('"source-nosy spec" failed with exit code 4');
  expect(stdout).not.toContain("sesame");
  expect(stdout).toContain(
    'destination-talkative (unusable: "destination-talkative spec" did not print a spec message.)',
  );
});
