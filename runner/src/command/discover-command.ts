import type { ConfiguredStream, Stream } from "@sluice/protocol";
import { printable } from "@sluice/protocol/stdio";
import type { Command } from "commander";
import { openPipeline } from "../pipeline/open-pipeline.ts";
import { discover } from "../side/ask-side.ts";
import { pipelineOf, pipelineVerb, type PipelineOptions } from "./pipeline-options.ts";
import { stopOnSignals } from "./stop-signals.ts";

/** Adds `sluice discover`. */
export function addDiscover(program: Command): void {
  pipelineVerb(program, "discover [pipeline]", "print the streams that a pipeline's source offers")
    .option("--json", "print the catalog message, schemas and all")
    .action(async (id: string | undefined, options: PipelineOptions) => {
      const open = await openPipeline(pipelineOf(id, options));
      using stop = stopOnSignals();
      const streams = await discover(open.source, { signal: stop.signal });
      process.stdout.write(
        options.json === true
          ? JSON.stringify({ type: "catalog", catalog: { streams } }) + "\n"
          : streams
              .map(
                (stream) =>
                  `${lineOf("stream" in stream ? (stream as ConfiguredStream).stream : (stream as Stream))}\n`,
              )
              .join(""),
      );
    });
}

function lineOf({ name, primary_key = [], supports, json_schema }: Stream): string {
  const fields = Object.keys(Object(json_schema["properties"] ?? {})).length;
  const can = Object.entries(supports ?? {}).flatMap(([what, is]) => (is === true ? [what] : []));
  const key = primary_key.length === 0 ? "no key" : `key ${primary_key.join(", ")}`;
  const width = fields === 1 ? "1 field" : `${fields} fields`;
  return printable(`${name}  ${key}, ${width}${can.length === 0 ? "" : `, ${can.join(", ")}`}`);
}
