import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");

let tree: string;

// A small repository whose own install script leaves a trace and takes a moment, under a path with a space.
beforeEach(async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "with node-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }));
  tree = join(folder, "a tree");
  await mkdir(join(tree, "scripts"), { recursive: true });
  await cp(join(root, "scripts", "with-node"), join(tree, "scripts", "with-node"));
  await cp(join(root, "scripts", "install.ts"), join(tree, "scripts", "install.ts"));
  await lock("1.0.0");
});

async function lock(
  version: string,
  install = "mkdir -p node_modules && echo x >> installs && sleep 1",
): Promise<void> {
  const { packageManager } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const manifest = { name: "tree", version, type: "module", packageManager, scripts: { install } };
  await writeFile(join(tree, "package.json"), JSON.stringify(manifest));
  const { scripts: _, packageManager: __, type: ___, ...entry } = manifest;
  const lockFile = {
    name: "tree",
    version,
    lockfileVersion: 3,
    packages: { "": { ...entry, hasInstallScript: true } },
  };
  await writeFile(join(tree, "package-lock.json"), JSON.stringify(lockFile));
}

function withNode(args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
  return run("sh", [join(tree, "scripts", "with-node"), ...args], options);
}

async function installs(): Promise<number> {
  const text = await readFile(join(tree, "installs"), "utf8").catch(() => "");
  return text.split("\n").length - 1;
}

test("the script is plain POSIX shell", async () => {
  for (const name of ["with-node", "demo"]) await run("sh", ["-n", join(root, "scripts", name)]);
});

test("the first command installs, says so on stderr, and the next does not", async () => {
  const first = await withNode(["echo", "a  b", "$c"]);
  expect(first).toEqual({ stdout: "a  b $c\n", stderr: "Installing dependencies (once)…\n" });
  expect(await withNode(["echo", "again"])).toEqual({ stdout: "again\n", stderr: "" });
  expect(await installs()).toBe(1);
});

test("another lock file, or no node_modules, installs again", async () => {
  await withNode(["true"]);
  await lock("1.0.1");
  await withNode(["true"]);
  expect(await installs()).toBe(2);
  await rm(join(tree, "node_modules"), { recursive: true });
  await withNode(["true"]);
  expect(await installs()).toBe(3);
});

test("of three commands at once one installs and the others wait for it", async () => {
  const outputs = await Promise.all(
    ["1", "2", "3"].map((word) => withNode(["cat", "installs"], { cwd: tree }).then(({ stdout }) => word + stdout)),
  );
  expect(outputs).toEqual(["1x\n", "2x\n", "3x\n"]);
});

test("an install that fails is told in a sentence, and tried again by the next command", async () => {
  await lock("1.0.0", "exit 1");
  const failure = await withNode(["echo", "not reached"]).catch(
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  expect(failure).toMatchObject({ code: 1, stdout: "" });
  expect(failure.stderr).toContain("could not be installed; check the network");
  await lock("1.0.0");
  await withNode(["true"]);
  expect(await installs()).toBe(1);
});

test("a command that is killed with SIGKILL while it installs does not stop the next", async () => {
  const child = spawn("sh", [join(tree, "scripts", "with-node"), "true"], { detached: true, stdio: "ignore" });
  await vi.waitFor(async () => expect(await installs()).toBe(1), { timeout: 30_000 });
  process.kill(-(child.pid ?? 0), "SIGKILL");
  await once(child, "exit");
  expect((await withNode(["echo", "ok"])).stdout).toBe("ok\n");
  expect(await installs()).toBe(2);
});

test("the command runs in the caller's folder, with its exit code and signals", async () => {
  await withNode(["true"]);
  const cwd = await realpath(tmpdir());
  expect((await withNode(["pwd"], { cwd })).stdout).toBe(`${cwd}\n`);
  await expect(withNode(["sh", "-c", "exit 7"])).rejects.toMatchObject({ code: 7 });
  const child = spawn("sh", [join(tree, "scripts", "with-node"), "sh", "-c", "echo $$; exec sleep 60"]);
  const [pid] = await once(child.stdout, "data");
  expect(Number(String(pid))).toBe(child.pid);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([null, "SIGTERM"]);
});

test("the command finds Node 24 and the repository's executables first, whatever npm was around it", async () => {
  const env = {
    ...process.env,
    npm_execpath: "/old/npm-cli.js",
    npm_node_execpath: "/old/node",
    npm_config_workspace: "x",
    NODE: "/old/node",
  };
  const script = "console.log(JSON.stringify([process.execPath, process.env.PATH, process.env]))";
  const [execPath, path, inside] = JSON.parse((await withNode(["node", "-e", script], { env })).stdout);
  expect(path.split(":")[0]).toBe(join(tree, "node_modules", ".bin"));
  expect(inside).toMatchObject({ NODE: execPath, npm_node_execpath: execPath });
  expect(inside).not.toHaveProperty("npm_execpath");
  expect(inside).not.toHaveProperty("npm_config_workspace");
});

test("without Node 24 and without a registry it says what to do and leaves nothing half done", async () => {
  const bin = join(tree, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "node"), "#!/bin/sh\necho v20.0.0\n", { mode: 0o755 });
  await writeFile(join(bin, "npm"), "#!/bin/sh\necho no network >&2\nexit 1\n", { mode: 0o755 });
  const failure = await withNode(["true"], { env: { PATH: `${bin}:/usr/bin:/bin` } }).catch(
    (error: { code: number; stderr: string }) => error,
  );
  expect(failure).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/could not be downloaded .*; check the network/),
  });
  expect((await run("ls", ["-A", join(tree, ".tools")])).stdout).toBe("");
});
