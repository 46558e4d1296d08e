import { writeFileSync } from "node:fs";
import { generateFiles } from "./catalog-text.ts";

for (const [name, text] of Object.entries(generateFiles())) {
  writeFileSync(new URL(`../src/generated/${name}`, import.meta.url), text);
  console.log(`src/generated/${name}: ${text.length} characters`);
}
