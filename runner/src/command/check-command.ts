import { SluiceError, type Payload } from "@sluice/protocol";
import { printable } from "@sluice/protocol/stdio";
import type { Command } from "commander";
import { openPipeline, type OpenPipeline } from "../pipeline/open-pipeline.ts";
import type { AskOptions } from "../side/answer-deadline.ts";
import { checkWithCode, type CheckAnswer } from "../side/ask-side.ts";
import { pipelineVerb, pipelinesOf, type PipelineOptions } from "./pipeline-options.ts";
import { stopOnSignals } from "./stop-signals.ts";

/** Adds `sluice check`. */
export function addCheck(program: Command): void {
  pipelineVerb(program, "check [pipelines...]", "try both sides of these pipelines, or of all")
    .option("--json", "print one connection_status a line, with pipeline and side")
    .action((ids: string[], options: PipelineOptions) => checkPipelines(ids, options));
}

async function checkPipelines(ids: readonly string[], options: PipelineOptions): Promise<void> {
  using stop = stopOnSignals();
  for (const pipeline of pipelinesOf(ids, options)) {
    const open = await openPipeline(pipeline);
    const { signal } = stop;
    const answers = await Promise.all([
      checkSide(open, "source", { signal }),
      checkSide(open, "destination", { signal }),
    ]);
    for (const { side, found, exitCode } of answers) {
      if (options.json === true) process.stdout.write(JSON.stringify({ pipeline: pipeline.id, side, ...found }) + "\n");
      else process.stdout.write(textOf(`${pipeline.id}: ${open[side].name}`, found));
      // the first failure decides
      if (found.status === "failed") process.exitCode ||= exitCode;
    }
  }
}

type Answer = CheckAnswer & { side: "source" | "destination" };

/** Resolves to how a side answers; one that cannot even be asked has failed its check. Throws once nobody waits. */
export async function checkSide(open: OpenPipeline, side: Answer["side"], options: AskOptions = {}): Promise<Answer> {
  try {
    return { side, ...(await checkWithCode(open[side], options)) };
  } catch (error) {
    if (!(error instanceof SluiceError) || options.signal?.aborted === true) throw error;
    return { side, found: { status: "failed", message: error.message }, exitCode: error.exitCode };
  }
}

function textOf(name: string, { status, message, streams = [] }: Payload<"connection_status">): string {
  const denied = streams.filter((each) => each.status !== "granted");
  const lines = denied.map(
    (each) => `  ${each.stream}: ${each.status}${each.message === undefined ? "" : `: ${each.message}`}`,
  );
  return [`${name}: ${status}: ${message}`, ...lines].map((line) => `${printable(line)}\n`).join("");
}
