import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipelineFileJsonSchema } from "../src/pipeline/pipeline-file.ts";

// Writes sluice.schema.json, by which editors complete and check a sluice.yaml.
const file = join(import.meta.dirname, "..", "sluice.schema.json");
await writeFile(file, JSON.stringify(pipelineFileJsonSchema(), null, 2) + "\n");
