import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript-5";

/** The SDK's modules, parsed: what a resource requests (.js) and what that takes and answers (.d.ts). */
export type Sdk = {
  apiVersion: string;
  checker: ts.TypeChecker;
  resources: Resource[];
  events: ts.SourceFile;
  thinEvents: ts.SourceFile;
};
export type Resource = { script: ts.SourceFile; declarations: ts.SourceFile };

/** Yields the installed `stripe` package; throws where its layout is not that of release 22 and later. */
export function loadSdk(): Sdk {
  const root = dirname(fileURLToPath(import.meta.resolve("stripe")));
  const folder = join(root, "resources");
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".d.ts") && !name.endsWith("index.d.ts"))
    .map((name) => join(folder, name.slice(0, -".d.ts".length)))
    .toSorted();
  const program = ts.createProgram(
    names.map((name) => `${name}.d.ts`),
    {
      strict: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      skipLibCheck: true,
      types: [],
    },
  );
  const declarationsOf = (name: string) => sourceFile(program, `${name}.d.ts`);
  return {
    apiVersion: readApiVersion(join(root, "apiVersion.js")),
    checker: program.getTypeChecker(),
    resources: names.map((name) => ({ script: parseScript(`${name}.js`), declarations: declarationsOf(name) })),
    events: declarationsOf(join(folder, "Events")),
    thinEvents: declarationsOf(join(folder, "V2", "Core", "Events")),
  };
}

function sourceFile(program: ts.Program, path: string): ts.SourceFile {
  const file = program.getSourceFile(path);
  if (!file) throw new Error(`the stripe package has no ${path}`);
  return file;
}

function parseScript(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
}

function readApiVersion(path: string): string {
  const version = /ApiVersion = '([^']+)'/.exec(readFileSync(path, "utf8"))?.[1];
  if (version === undefined) throw new Error(`${path} names no API version`);
  return version;
}
