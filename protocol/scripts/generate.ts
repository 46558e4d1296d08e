import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messagesJsonSchema } from "../src/message.ts";

// Writes messages.schema.json, the published form of the messages.
const file = join(import.meta.dirname, "..", "messages.schema.json");
await writeFile(file, JSON.stringify(messagesJsonSchema(), null, 2) + "\n");
