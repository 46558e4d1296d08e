import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { execa } from "execa";
import { expect, onTestFinished, test } from "vitest";
import { newApi } from "../fixtures/api.ts";
import { whileHeld } from "../fixtures/store.ts";
import { resourceCommand } from "./resource-command.ts";

const RESOURCES = ["pipelines", "runs", "connections", "tokens"] as const;
const HOST = join(import.meta.dirname, "..", "fixtures", "resource-host.ts");

async function newShell() {
  const api = await newApi();
  const server = await api.listen();
  const folder = await mkdtemp(join(tmpdir(), "sluice-cli-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const execute = async (line: string, options: { input?: string; token?: string } = {}) => {
    const { exitCode, stdout, stderr } = await execa(
      process.execPath,
      [...process.execArgv, HOST, ...line.split(" ")],
      {
        cwd: folder,
        reject: false,
        encoding: "buffer",
        env: { SLUICE_SERVER: server, SLUICE_TOKEN: options.token ?? api.tokenOf("admin"), SLUICE_TEST_COUNT: "3" },
        ...(options.input === undefined ? { stdin: "ignore" } : { input: options.input }),
      },
    );
    return { exitCode, bytes: Buffer.from(stdout), stderr: Buffer.from(stderr).toString() };
  };
  const sluice = async (...call: Parameters<typeof execute>) => {
    const { exitCode, bytes, stderr } = await execute(...call);
    const stdout = bytes.toString().trimEnd();
    const items = stdout === "" ? [] : stdout.split("\n").map((text) => JSON.parse(text) as Record<string, unknown>);
    return { exitCode, items, stderr };
  };
  return { ...api, folder, execute, sluice };
}

test("each operation of a resource is a verb with a flag for whatever it takes", () => {
  const verbs = RESOURCES.map((resource) =>
    resourceCommand(resource)
      .commands.map((command) => command.name())
      .toSorted(),
  );
  expect(verbs[0]).toEqual(
    expect.arrayContaining(["clone", "create", "get", "import", "list", "pause", "plan", "run", "yaml"]),
  );
  expect(verbs[1]).toEqual([
    "cancel",
    "dead-letters",
    "follow",
    "get",
    "list",
    "logs",
    "recording",
    "retry",
    "throughput",
  ]);
  expect(verbs[2]).toEqual(["check", "create", "delete", "discover", "get", "list", "try", "update"]);
  expect(verbs[3]).toEqual(["create", "delete", "list"]);
  const create = resourceCommand("connections").commands.find((command) => command.name() === "create");
  expect(create?.options.map(({ flags }) => flags)).toEqual(
    expect.arrayContaining(["--name <value>", "--config <json>", "--idempotency-key <value>", "--server <url>"]),
  );
});

test("a pipeline of a sluice.yaml is imported, run, listed and followed from the command line", async () => {
  const { sluice, execute, folder, store } = await newShell();
  const yaml = `pipelines:
  counting:
    source: {connector: source-example, config: {count: "\${SLUICE_TEST_COUNT}"}}
    destination: {connector: destination-example, config: {folder: rows}}
    retries: 1
`;
  await writeFile(join(folder, "sluice.yaml"), yaml);
  const imported = await sluice("pipelines import");
  expect(imported).toMatchObject({ exitCode: 0, items: [{ name: "counting", settings: { retries: 1 } }] });
  const id = String(imported.items[0]?.["id"]);
  const run = await sluice(`pipelines run ${id} --limit 2 --record true`);
  expect(run).toMatchObject({ exitCode: 0, items: [{ status: "queued", options: { limit: 2, record: true } }] });
  const runId = String(run.items[0]?.["id"]);
  expect((await sluice("runs list --limit 1")).items).toMatchObject([{ id: runId }]);
  await whileHeld(store, runId, (held) => store.recordings.append(held, 1, Buffer.from("{}\n")));
  expect((await sluice(`runs cancel ${runId}`)).items).toMatchObject([{ status: "stopped" }]);
  expect(gunzipSync((await execute(`runs recording ${runId}`)).bytes).toString()).toBe("{}\n");
  // it did not succeed, which a script has to see
  expect(await sluice(`runs follow ${runId}`)).toMatchObject({
    exitCode: 14,
    items: [{ level: "info", message: expect.stringMatching(/^Cancelled by ".+"\.$/) }],
  });
  expect((await sluice("connections list --limit 1")).items.map(({ name }) => name)).toEqual([
    "counting destination",
    "counting source",
  ]);
});

test("what is refused ends with the exit code of its failure, and a secret comes by stdin and is not shown", async () => {
  const { sluice, store } = await newShell();
  const input = JSON.stringify({ records: 3, token: "canary-cli-90aa" });
  const made = await sluice("connections create --name one --connector source-faulty --config -", { input });
  expect(made).toMatchObject({ exitCode: 0, items: [{ secrets_set: ["token"], config: { records: 3 } }] });
  expect(JSON.stringify(made)).not.toContain("canary");
  const { items } = await store.connections.list({ after: undefined, limit: 1 });
  expect((await store.connections.withSecrets(items[0]?.id ?? "")).secrets).toEqual({ token: "canary-cli-90aa" });
  expect(await sluice("runs get none")).toMatchObject({
    exitCode: 10,
    stderr: expect.stringContaining('no run "none"'),
  });
  expect(await sluice("runs list", { token: "sluice_no" })).toMatchObject({ exitCode: 11, items: [] });
  expect(await sluice("runs list", { token: "" })).toMatchObject({
    exitCode: 11,
    stderr: expect.stringContaining("SLUICE_TOKEN"),
  });
  expect((await sluice("runs lst")).exitCode).toBe(2);
  expect((await sluice("runs list --server http://127.0.0.1:9")).exitCode).toBe(12);
});
