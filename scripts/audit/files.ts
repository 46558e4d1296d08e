import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Violation } from "./violation.ts";
import type { WorkspacePackage } from "./workspace.ts";

const MAX_LINES = 400;
// Vite asks for its configuration as the default export.
const CONFIGURATION = /(?:^|\/)vite\.config\.ts$/;
const SUPPRESSION =
  /(?:\/\/|\/\*)\s*(?:oxlint-disable|eslint-disable|prettier-ignore|@ts-(?:ignore|expect-error|nocheck))/;

/** Yields what is wrong with the files of the packages: length, default exports, silenced tools, a manifest or an entry that is incomplete. */
export function auditFiles(root: string, packages: readonly WorkspacePackage[]): Violation[] {
  return packages.flatMap((each) => [...auditSources(each), ...auditManifest(each), ...auditEntries(root, each)]);
}

function auditSources({ files }: WorkspacePackage): Violation[] {
  return [...files].flatMap(([path, source]) => {
    const violations: Violation[] = [];
    const lines = source.split("\n").length - 1;
    if (lines > MAX_LINES) {
      violations.push({ rule: "file-length", path, message: `has ${lines} lines, more than ${MAX_LINES}; split it` });
    }
    if (!CONFIGURATION.test(path) && /^export\s+default\b|^export\s*\{[^}]*\bas\s+default\b/m.test(source)) {
      violations.push({ rule: "default-export", path, message: "has a default export; export it by name" });
    }
    if (SUPPRESSION.test(source)) {
      violations.push({ rule: "suppression", path, message: "silences a tool; repair what it complains about" });
    }
    return violations;
  });
}

function auditManifest({ folder, manifest }: WorkspacePackage): Violation[] {
  const expected = { license: "MIT", type: "module" } as const;
  const path = join(folder, "package.json");
  const violations = Object.entries(expected)
    .filter(([field, value]) => manifest[field as keyof typeof expected] !== value)
    .map(([field, value]) => ({ rule: "manifest", path, message: `needs "${field}": "${value}"` }));
  if (manifest.engines?.node !== ">=24") {
    violations.push({ rule: "manifest", path, message: 'needs "engines": { "node": ">=24" }' });
  }
  return violations;
}

function auditEntries(root: string, { folder, manifest }: WorkspacePackage): Violation[] {
  return Object.entries(manifest.exports ?? {}).flatMap(([entry, targets]) => {
    // An entry of plain JavaScript needs no build, and so no source condition.
    const source = targets["@sluice/source"] ?? targets["default"] ?? "";
    const named = entry !== "." || source === "./src/index.ts";
    if (named && !source.startsWith("./dist/") && existsSync(join(root, folder, source))) return [];
    const message = `the entry "${entry}" needs a source condition that leads to ${entry === "." ? "./src/index.ts" : "a file of src"}`;
    return [{ rule: "entry", path: join(folder, "package.json"), message }];
  });
}
