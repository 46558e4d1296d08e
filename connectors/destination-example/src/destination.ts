import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { SluiceError } from "@sluice/protocol";
import { log, type Destination } from "@sluice/protocol/stdio";
import { LineFile } from "./line-file.ts";

const Config = z.strictObject({
  folder: z.string().min(1).describe("Where the files are; made if it is missing."),
});

/** Appends each record, with its operation and version, to the file of its stream. */
export const destination: Destination<z.infer<typeof Config>> = {
  name: "destination-example",
  version: "0.1.0",
  description: "Appends records to a file of lines per stream: the smallest destination there is.",
  capabilities: { modes: ["append"] },
  config: Config,

  async check({ folder }) {
    await makeFolder(folder);
    return { message: `Files go to ${folder}.` };
  },

  async open({ folder }, { streams }) {
    await makeFolder(folder);
    const files = new Map<string, LineFile>();
    const openFiles = async (added: typeof streams) => {
      for (const { stream, destination_mode: mode } of added) {
        if (files.has(stream.name)) continue;
        if (mode === "merge") log("warn", `"${stream.name}" is not merged: its file gets every change as a line.`);
        else if (mode !== "append")
          throw refusal(stream.name, `asks for ${mode}, and these files can only be appended to`);
        // a name such as "../../etc/passwd" must not become a path
        if (!/^\w[\w.-]*$/.test(stream.name)) throw refusal(stream.name, "has a name that is no safe file name");
        files.set(stream.name, await LineFile.open(join(folder, `${stream.name}.ndjson`)));
      }
    };
    await openFiles(streams);
    return {
      schema: openFiles,
      async write(records) {
        for (const [stream, ofStream] of Map.groupBy(records, (record) => record.stream)) {
          const lines = ofStream.map(({ op, version, json }) => {
            return `{"op":"${op}",${version === undefined ? "" : `"version":${version},`}"data":${json}}\n`;
          });
          await files.get(stream)?.append(lines.join(""));
        }
      },
      async flush() {
        for (const file of files.values()) await file.sync();
      },
      async close() {
        for (const file of files.values()) await file.close();
      },
    };
  },
};

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new SluiceError("config", `The folder ${folder} cannot be made; name another one.`, { cause: error });
  }
}

function refusal(stream: string, why: string): SluiceError {
  return new SluiceError("config", `The stream "${stream}" ${why}; leave it out, or change its entry in --catalog.`, {
    stream,
  });
}
