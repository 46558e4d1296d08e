import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { connectorsOnPath } from "../fixtures/connectors-on-path.ts";
import { pipelineFileJsonSchema } from "../pipeline/pipeline-file.ts";

const BIN = join(import.meta.dirname, "..", "bin.ts");
const connectors = await connectorsOnPath("source-example", "destination-example");
afterAll(() => rm(connectors.folder, { recursive: true }));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-commands-"));
  onTestFinished(() => rm(folder, { recursive: true }));
});

/** Runs sluice in the test's folder as a shell would. */
async function sluice(args: readonly string[], input = "", env: Record<string, string> = {}) {
  const { stdout, stderr, exitCode } = await execa("node", ["--conditions=@sluice/source", BIN, ...args], {
    cwd: folder,
    env: { PATH: connectors.path, DESTINATION_EXAMPLE_FOLDER: "rows", ...env },
    input,
    reject: false,
  });
  return { stdout, stderr, exitCode };
}

async function writePipeline({ count = 25, source = "source-example" } = {}): Promise<void> {
  const config = { count, records_per_state: 10 };
  const counting = {
    source: { connector: source, config },
    destination: { connector: "destination-example", config: { folder: "rows" } },
  };
  // JSON is YAML
  await writeFile(join(folder, "sluice.yaml"), JSON.stringify({ pipelines: { counting } }));
}

async function rows(): Promise<number[]> {
  const text = await readFile(join(folder, "rows", "numbers.ndjson"), "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line).data.number);
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test("sluice.schema.json is what the schemas say; `npm run generate` writes it", () => {
  const published = join(import.meta.dirname, "..", "..", "sluice.schema.json");
  expect(JSON.parse(readFileSync(published, "utf8"))).toEqual(pipelineFileJsonSchema());
});

test("init writes a pipeline that runs once its variables are set, and never over a file", async () => {
  expect(await sluice(["init", "--from", "example", "--to", "destination-example"])).toMatchObject({ exitCode: 0 });
  const again = await sluice(["init", "--from", "example", "--to", "example"]);
  expect(again).toMatchObject({ exitCode: 10, stderr: expect.stringContaining("sluice.yaml is there already") });
  expect(await sluice(["run"])).toMatchObject({ exitCode: 0 });
  expect(await rows()).toEqual(upTo(1000));
});

test("init says what there is when it is given nothing, or a name that is not there", async () => {
  const nobody = await sluice(["init"]);
  expect(nobody).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("give --from; there are: source-example"),
  });
  const unknown = await sluice(["init", "--from", "sesame", "--to", "example"]);
  expect(unknown).toMatchObject({ exitCode: 10, stderr: expect.stringContaining('There is no source "sesame"') });
});

test("check and discover ask both sides, and tell which one cannot be used", async () => {
  await writePipeline();
  const check = await sluice(["check"]);
  expect(check).toMatchObject({ exitCode: 0 });
  expect(check.stdout.split("\n")).toEqual([
    "counting: source-example: succeeded: Ready to count to 25.",
    "counting: destination-example: succeeded: Files go to rows.",
  ]);
  expect((await sluice(["discover"])).stdout).toBe("numbers  no key, 1 field, incremental");
  const catalog = JSON.parse((await sluice(["discover", "--json"])).stdout);
  expect(catalog).toMatchObject({ type: "catalog", catalog: { streams: [{ name: "numbers" }] } });
  await writePipeline({ count: -1 });
  const failed = await sluice(["check", "--json"]);
  expect(failed.exitCode).toBe(10);
  expect(failed.stdout.split("\n").map((line) => JSON.parse(line))).toMatchObject([
    { pipeline: "counting", side: "source", status: "failed", message: expect.stringContaining("count") },
    { pipeline: "counting", side: "destination", status: "succeeded" },
  ]);
});

test("a dry run tells what would be done and does none of it", async () => {
  await writePipeline();
  const { stdout, exitCode } = await sluice(["run", "--dry-run"]);
  expect(exitCode).toBe(0);
  for (const part of ["nothing is changed", "none, so everything is read", "numbers  incremental, append"])
    expect(stdout).toContain(part);
  expect(await rows()).toEqual([]);
  expect((await sluice(["state", "get"])).stdout).toBe("");
});

test("states can be read, put back, compared and forgotten, and the next run goes on from them", async () => {
  await writePipeline();
  expect(await sluice(["run"])).toMatchObject({ exitCode: 0 });
  expect(await rows()).toEqual(upTo(25));

  const { stdout: newest } = await sluice(["state", "get"]);
  expect(JSON.parse(newest)).toMatchObject({ type: "state", state: { stream: "numbers", data: { last: 25 } } });
  const history = (await sluice(["state", "history", "--stream", "numbers"])).stdout.split("\n");
  expect(history.map((line) => JSON.parse(line).state.data.last)).toEqual([10, 20, 25]);

  expect((await sluice(["state", "diff"], newest)).stdout).toBe("");
  const second = history[1] ?? "";
  expect((await sluice(["state", "diff"], second)).stdout).toBe("numbers: data.last: stored 25, given 20");
  await writeFile(join(folder, "states"), second);
  expect(await sluice(["state", "set", "--states", "states"])).toMatchObject({ exitCode: 0 });
  expect(await sluice(["run"])).toMatchObject({ exitCode: 0 });
  // it appends: 21 to 25 came again, as was asked for
  expect(await rows()).toEqual([...upTo(25), 21, 22, 23, 24, 25]);

  expect(await sluice(["state", "clear", "--stream", "numbers"])).toMatchObject({ exitCode: 0 });
  expect((await sluice(["state", "get"])).stdout).toBe("");
});

test("what is no state changes nothing that is stored", async () => {
  await writePipeline();
  await sluice(["run"]);
  const { stdout: before } = await sluice(["state", "get"]);
  for (const input of ["", "nonsense\n", '{"type":"record","record":{"stream":"numbers","data":{}}}\n'])
    expect((await sluice(["state", "set"], input)).exitCode).toBe(10);
  expect(await sluice(["state", "set", "--states", "no-such-file"])).toMatchObject({
    exitCode: 10,
    stderr: expect.stringContaining("no-such-file cannot be read"),
  });
  expect(await sluice(["state", "clear", "--stream", "sesame"])).toMatchObject({ exitCode: 10 });
  const other = before.replace('"numbers"', '"letters"');
  expect(await sluice(["state", "set", "--stream", "numbers"], other)).toMatchObject({
    exitCode: 10,
    stderr: expect.stringContaining('no state of the stream "numbers"'),
  });
  expect((await sluice(["state", "get"])).stdout).toBe(before);
});

test("a recording is fed to a destination again, without a state being read or kept", async () => {
  await writePipeline();
  expect(await sluice(["run", "--record", "numbers.gz"])).toMatchObject({ exitCode: 0 });
  const states = (await sluice(["state", "get"])).stdout;
  await rm(join(folder, "rows"), { recursive: true });
  expect(await sluice(["replay", "numbers.gz"])).toMatchObject({ exitCode: 0 });
  expect(await rows()).toEqual(upTo(25));
  const { exitCode } = await sluice(["replay", "numbers.gz", "--to", "example"], "", {
    DESTINATION_EXAMPLE_FOLDER: "elsewhere",
  });
  expect(exitCode).toBe(0);
  expect(await readFile(join(folder, "elsewhere", "numbers.ndjson"), "utf8")).not.toBe("");
  expect((await sluice(["state", "get"])).stdout).toBe(states);
  await writeFile(join(folder, "text"), "nonsense");
  await writeFile(join(folder, "cut.gz"), (await readFile(join(folder, "numbers.gz"))).subarray(0, 100));
  for (const file of ["text", "cut.gz", "no-such-file"])
    expect(await sluice(["replay", file])).toMatchObject({ exitCode: 10, stderr: expect.stringContaining(file) });
});

test("a limit, a selection and a refresh do as they say", async () => {
  await writePipeline();
  expect(await sluice(["run", "--limit", "7"])).toMatchObject({ exitCode: 0 });
  expect(await rows()).toEqual(upTo(7));
  expect(await sluice(["run", "--select", "num*"])).toMatchObject({ exitCode: 0 });
  // nothing of a limited read is taken for read
  expect(await rows()).toEqual([...upTo(7), ...upTo(25)]);
  expect(await sluice(["run"])).toMatchObject({ exitCode: 0 });
  expect(await rows()).toHaveLength(32);
  expect(await sluice(["run", "--full-refresh"])).toMatchObject({ exitCode: 0 });
  expect(await rows()).toHaveLength(57);
  for (const option of ["--select", "--full-refresh"])
    expect(await sluice(["run", option, "letters"])).toMatchObject({
      exitCode: 2,
      stdout: expect.stringContaining(`${option} names "letters", which`),
    });
  expect(await sluice(["run", "--since", "2026-01-01"])).toMatchObject({
    exitCode: 10,
    stdout: expect.stringContaining("cannot be read for a range of time"),
  });
});

test("call gives a function its arguments and prints what it yields, a line of JSON each", async () => {
  await writeFile(
    join(folder, "own.mjs"),
    `export const add = (one, other) => one + other;
     export const tell = (word, options) => ({ word, options });
     export async function* doubled(numbers) { for await (const number of numbers) yield number * 2; }
     export const fail = () => { throw new Error("It is broken."); };
     export const version = 1;\n`,
  );
  // stdin of a test is no terminal, so what is piped comes first
  expect((await sluice(["call", "./own.mjs", "doubled"], "1\n2\n3")).stdout).toBe("2\n4\n6");
  const told = await sluice(["call", "./own.mjs", "tell", "--dry-run", "--max-size=3", "--name", "x y"]);
  expect(JSON.parse(told.stdout)).toMatchObject({ options: { dryRun: true, maxSize: 3, name: "x y" } });
  expect(await sluice(["call", "./own.mjs", "sesame"])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("it exports add, doubled, fail, tell"),
  });
  expect(await sluice(["call", "./missing.mjs", "add"])).toMatchObject({
    exitCode: 10,
    stderr: expect.stringContaining("./missing.mjs cannot be loaded"),
  });
  expect(await sluice(["call", "./own.mjs", "doubled"], "1\nx\n")).toMatchObject({
    exitCode: 10,
    stderr: expect.stringContaining("Line 2 of stdin is not JSON"),
  });
  const failed = await sluice(["call", "./own.mjs", "fail"]);
  expect(failed).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/"fail" of .\/own.mjs failed: Error: It is broken.\n.*own.mjs:4/),
  });
  expect(failed.stderr).not.toContain("report it");
});

test("call takes no input where none was given, and what a file holds where one was", async () => {
  await writeFile(
    join(folder, "own.mjs"),
    `export const add = (one, other) => ({ sum: one + other });
     export async function* doubled(numbers) { for await (const number of numbers) yield number * 2; }\n`,
  );
  await writeFile(join(folder, "numbers"), "4\n5");
  const shell = (command: string) =>
    execa("sh", ["-c", `node --conditions=@sluice/source '${BIN}' ${command}`], { cwd: folder });
  for (const none of ["</dev/null", "<&-"])
    expect((await shell(`call ./own.mjs add 1 2 ${none}`)).stdout).toBe('{"sum":3}');
  expect((await shell("call ./own.mjs doubled <numbers")).stdout).toBe("8\n10");
});

/** Answers `check` and ends as it is told by its configuration; knows no flag of `check` when it is old. */
const CHECKED = `#!/bin/sh
case "$*" in
  *spec*) echo '{"type":"spec","spec":{"protocol_version":1,"connector":{"name":"it","version":"1","kind":"'$1'"},"config":{"properties":{"token":{"secret":true}}},"capabilities":{"transactional_checkpoints":true}}}' ;;
  *discover*) echo '{"type":"catalog","catalog":{"streams":[{"name":"pets","json_schema":{}}]}}' ;;
  *old*--exit-code*) exit 2 ;;
  *check*) echo '{"type":"connection_status","connection_status":{"status":"failed","message":"No.","fields":[{"path":"token","message":"open-sesame"}]}}'
    case "$*" in *--exit-code*) exit $2 ;; esac ;;
  *) exit 12 ;;
esac
`;

async function writeChecked(sourceCode: number | "old", destinationCode: number | "old"): Promise<void> {
  await writeFile(join(folder, "checked"), CHECKED, { mode: 0o755 });
  const side = (kind: string, code: number | "old") => ({
    command: ["./checked", kind, String(code)],
    config: { token: "open-sesame" },
  });
  const checked = { source: side("source", sourceCode), destination: side("destination", destinationCode) };
  await writeFile(join(folder, "sluice.yaml"), JSON.stringify({ pipelines: { checked } }));
}

test.each([
  [11, 12, 11],
  ["old", 12, 10],
] as const)(
  "a source that fails its check with %s and a destination with %s exit with %i",
  async (one, other, code) => {
    await writeChecked(one, other);
    const { exitCode, stdout } = await sluice(["check", "--json"]);
    expect({ exitCode, fields: JSON.parse(stdout.split("\n")[0] ?? "").fields }).toEqual({
      exitCode: code,
      fields: [{ path: "token", message: "***" }],
    });
  },
);

test("a dry run with a destination that is away says that its states are not known, and exits as check would", async () => {
  await writeChecked(12, 12);
  const { exitCode, stdout } = await sluice(["run", "--dry-run"]);
  expect({ exitCode, stdout }).toEqual({
    exitCode: 12,
    stdout: expect.stringContaining("not known while it cannot be"),
  });
  expect(stdout).not.toContain("everything is read");
});

test("a summary goes to a file of its owner only, and one, or another file, that cannot be written is told before anything is moved", async () => {
  await writePipeline();
  expect(await sluice(["run", "--summary", "no-such-folder/summary"])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("no-such-folder/summary cannot be written (ENOENT)"),
  });
  for (const option of ["--dead-letters", "--record"])
    expect(await sluice(["run", option, "sluice.yaml/file"])).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/sluice.yaml\/file cannot be written \(E/),
    });
  expect(await rows()).toEqual([]);
  await writeFile(join(folder, "summary"), "old", { mode: 0o644 });
  expect(await sluice(["run", "--summary", "summary"])).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(await readFile(join(folder, "summary"), "utf8"))).toMatchObject({ status: "succeeded" });
  expect((await stat(join(folder, "summary"))).mode & 0o777).toBe(0o600);
});

test("run --json goes on to its end when nobody reads what it prints", async () => {
  await writePipeline();
  const command = `{ node --conditions=@sluice/source '${BIN}' run --json; echo "$?" >&2; } | true`;
  const env = { PATH: connectors.path, DESTINATION_EXAMPLE_FOLDER: "rows" };
  const { stderr } = await execa("sh", ["-c", command], { cwd: folder, env });
  expect(stderr).toMatch(/^sluice: warn: The program that reads .* ended\. .* it succeeded\.\n0$/);
});

test("an output that has no room is a failure, told once", async () => {
  const command = `node --conditions=@sluice/source '${BIN}' connectors >/dev/full`;
  const { stderr, exitCode } = await execa("sh", ["-c", command], { cwd: folder, reject: false });
  expect({ stderr, exitCode }).toEqual({
    stderr: expect.stringMatching(/^sluice: error: .*ENOSPC[^\n]*$/),
    exitCode: 1,
  });
});

test("a wrong option is told with the name of the program whose it is", async () => {
  expect((await sluice(["run", "--nonsense"])).stderr).toMatch(/^sluice: error: unknown option '--nonsense'/);
});

test("completion knows the verbs, their options and the pipelines of the file here", async () => {
  await writePipeline();
  for (const shell of ["bash", "zsh", "fish", "powershell"])
    expect((await sluice(["completion", shell])).stdout).toContain("sluice");
  const offered = async (...words: string[]) => (await sluice(["complete", "--", ...words])).stdout;
  expect(await offered("")).toMatch(/^run\b/m);
  expect(await offered("run", "")).toMatch(/^counting\b/m);
  expect(await offered("run", "--dry")).toMatch(/^--dry-run\b/m);
});
