import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { apiDocument } from "../src/api/document.ts";

// Writes openapi.json, and from it the types of the client.
const packageFolder = join(import.meta.dirname, "..");
const documentFile = join(packageFolder, "openapi.json");
const typesFile = join(packageFolder, "src", "client", "generated", "paths.ts");
// it needs the compiler's library, which ends with TypeScript 5: brought for this alone, instead of into the lock file
const GENERATOR = ["openapi-typescript@7.13.0", "typescript@5.9.3"];

await writeFile(documentFile, JSON.stringify(await apiDocument(), null, 2) + "\n");
execFileSync("prettier", ["--log-level=warn", "--write", documentFile], { stdio: "inherit" });
const types = execFileSync(
  "npm",
  ["exec", "--yes", ...GENERATOR.map((name) => `--package=${name}`), "--", "openapi-typescript", documentFile],
  { encoding: "utf8", cwd: packageFolder },
);
const hash = createHash("sha256")
  .update(await readFile(documentFile))
  .digest("hex");
await mkdir(join(typesFile, ".."), { recursive: true });
await writeFile(typesFile, `// Made by "npm run generate" from openapi.json, SHA-256 ${hash}.\n${types}`);
