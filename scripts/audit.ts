import { readFileSync } from "node:fs";
import { join } from "node:path";
import { auditDirections } from "./audit/directions.ts";
import { auditFiles } from "./audit/files.ts";
import { auditLockFile } from "./audit/lock-file.ts";
import type { Violation } from "./audit/violation.ts";
import { readWorkspace } from "./audit/workspace.ts";

/** Yields every rule of the repository that the tree under `root` breaks; none is what a commit needs. */
export function auditTree(root: string): Violation[] {
  const packages = readWorkspace(root);
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  return [...auditDirections(packages), ...auditFiles(root, packages), ...auditLockFile(lock)];
}
