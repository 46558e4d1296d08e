import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { checks } from "../checks/index.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { runKit } from "./kit.ts";
import { Plan } from "./plan.ts";

type Scripted = { capabilities?: object; config?: object; act?: string };

/** Writes a connector that prints a spec, and does with every other verb what a shell script says; resolves to its path. */
async function scripted(folder: string, { capabilities = {}, config = {}, act = "exit 0" }: Scripted): Promise<string> {
  const connector = { name: "destination-idle", version: "1", kind: "destination" };
  const spec = { protocol_version: 1, connector, config: { type: "object", ...config }, capabilities };
  const path = join(folder, "destination-idle");
  const print = `echo '${JSON.stringify({ type: "spec", spec })}'`;
  await writeFile(path, `#!/bin/sh\nif [ "$1" = spec ]; then ${print}; exit; fi\n${act}\n`);
  await chmod(path, 0o755);
  return path;
}

test.each([["overwrite"], ["history"]])(
  "no check of rows is passed by a destination that claims %s and does nothing",
  async (mode) => {
    const folder = await temporaryFolder();
    const database = { host: "host", port: "port" };
    const plan = Plan.parse({ rows: "true", database, config: { host: "127.0.0.1", port: 9 }, deadline_ms: 5000 });
    const command = [await scripted(folder, { capabilities: { modes: [mode] } })];
    const looking = checks.filter(({ id }) => ["W1", "W4", "A2", "F1", "F8", "Z1"].includes(id));
    const { results, unchecked } = await runKit({ plan, folder, command, checks: looking, seed: 1 });
    expect(unchecked).toEqual(mode === "history" ? ["mode history"] : []);
    const wrong = results.filter(({ verdict }) => verdict !== "failed" && verdict !== "not_applicable");
    expect(wrong.map(({ id, verdict, problems }) => ({ id, verdict, problems }))).toEqual([]);
  },
);

test("a secret in a model that the schema refers to is seen, marked or not", async () => {
  const folder = await temporaryFolder();
  const properties = { token: { type: "string", secret: true }, api_key: { type: "string" } };
  const config = { properties: { auth: { $ref: "#/$defs/Auth" } }, $defs: { Auth: { type: "object", properties } } };
  const command = [
    await scripted(folder, {
      config,
      capabilities: { modes: ["append"] },
      act: 'for last; do :; done; cat "$last" >&2',
    }),
  ];
  const plan = Plan.parse({ config: { auth: { token: "tok_9aB3xQz71LmP" } }, deadline_ms: 5000 });
  const chosen = checks.filter(({ id }) => ["S2", "L1"].includes(id));
  const { results } = await runKit({ plan, folder, command, checks: chosen, seed: 1 });
  expect(results.map(({ id, problems }) => [id, problems[0]])).toEqual([
    ["S2", '"auth.api_key" has the name of a secret and is not marked as one.'],
    ["L1", '"check" printed a secret as it is.'],
  ]);
});

test("a plan that cannot be followed fails a check with its own words, and leaves nothing that listens", async () => {
  const folder = await temporaryFolder();
  const command = [await scripted(folder, { capabilities: { modes: ["append"] } })];
  const plan = Plan.parse({
    config: { host: "127.0.0.1", port: 9 },
    // the first place is made, and no other
    prepare: "test ! -e made && touch made",
    bad_credentials: { token: "${env:NO_SUCH_VARIABLE_OF_THE_KIT}" },
    previous_spec: join(folder, "nowhere.json"),
    database: { host: "host", port: "port" },
  });
  const chosen = ["K1", "S4", "F8"].flatMap((id) => checks.filter((check) => check.id === id));
  const { results } = await runKit({ plan, folder, command, checks: chosen, seed: 1 });
  expect(results.map(({ id, verdict, problems }) => [id, verdict, problems.at(-1)])).toEqual([
    ["K1", "failed", expect.stringContaining("names the variable NO_SUCH_VARIABLE_OF_THE_KIT; set it.")],
    ["S4", "failed", `${join(folder, "nowhere.json")} cannot be read (ENOENT); give a file with a JSON object.`],
    ["F8", "failed", 'The plan\'s command "test ! -e made && touch made" failed (1): '],
  ]);
  expect(process.getActiveResourcesInfo()).not.toContain("TCPServerWrap");
});

test("a kit that is ended in the middle leaves no configuration behind, and nothing of the connector's group", async () => {
  const folder = await temporaryFolder();
  const connector = await scripted(folder, { act: `sleep 300 & echo $! >> '${folder}/started'; wait` });
  const temporary = join(folder, "tmp");
  await mkdir(temporary);
  const bin = join(import.meta.dirname, "bin.ts");
  const args = ["--conditions=@sluice/source", bin, "--only", "K1", connector];
  const kit = execa(process.execPath, args, { reject: false, env: { TMPDIR: temporary } });
  const started = join(folder, "started");
  // "check" is run with and without --exit-code
  const pids = async () => (await readFile(started, "utf8").catch(() => "")).match(/\d+\n/g)?.map(Number) ?? [];
  await expect.poll(pids).toHaveLength(2);
  expect(await readdir(temporary)).toHaveLength(1);
  kit.kill("SIGTERM");
  expect(await kit).toMatchObject({ signal: "SIGTERM" });
  await expect.poll(() => readdir(temporary)).toEqual([]);
  const left = await pids();
  await expect.poll(() => left.filter(isAlive)).toEqual([]);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // there is no such process
    return false;
  }
}
