import {
  ExitCode,
  SluiceError,
  type ConfiguredStream,
  type Message,
  type Payload,
  type Stream,
} from "@sluice/protocol";
import { readLines } from "@sluice/protocol/stdio";
import { endAfter, type AskOptions } from "./answer-deadline.ts";
import { masked } from "./masked.ts";
import { sideFailure } from "./side-failure.ts";
import type { Invocation, Side } from "./side.ts";

/** Resolves to the streams that a source offers. Throws what the source reported. */
export async function discover(source: Side, options: AskOptions = {}): Promise<(Stream | ConfiguredStream)[]> {
  for await (const message of ask(source, { verb: ["discover"] }, options)) {
    if (message.type === "catalog") return message.catalog.streams;
  }
  throw new SluiceError("protocol", `"${source.name} discover" printed no catalog; the connector must be fixed.`);
}

/** What `check` found, and the exit code that stands for it. */
export type CheckAnswer = { found: Payload<"connection_status">; exitCode: ExitCode };

/** Resolves to what a connector's `check` found. Throws what it reported instead. */
export async function check(side: Side, options: AskOptions = {}): Promise<Payload<"connection_status">> {
  return (await checkWithCode(side, options)).found;
}

/** Resolves to what `check` found, with its exit code: 11 for credentials that are refused, 12 for a service that is away. */
export async function checkWithCode(side: Side, options: AskOptions = {}): Promise<CheckAnswer> {
  try {
    return await checkOnce(side, ["--exit-code"], options);
  } catch (error) {
    // a connector of a few lines may not know the flag
    if (!(error instanceof SluiceError) || error.exitCode !== ExitCode.usage) throw error;
    return checkOnce(side, [], options);
  }
}

async function checkOnce(side: Side, flags: readonly string[], options: AskOptions): Promise<CheckAnswer> {
  let found: Payload<"connection_status"> | undefined;
  try {
    for await (const message of ask(side, { verb: ["check"], flags }, options)) {
      if (message.type !== "connection_status") continue;
      const { status } = message.connection_status;
      found = { ...masked(message.connection_status, (text) => side.mask(text)), status };
      if (status === "succeeded") return { found, exitCode: ExitCode.ok };
    }
  } catch (error) {
    // how it ended says what kind of failure it told of
    if (found === undefined || !(error instanceof SluiceError)) throw error;
    return { found, exitCode: error.exitCode };
  }
  if (found !== undefined) return { found, exitCode: ExitCode.config };
  throw new SluiceError("protocol", `"${side.name} check" printed no answer; the connector must be fixed.`);
}

/** Resolves to what a destination's `setup --dry-run` would do, a statement a line; undefined when it has no setup. */
export async function dryRunSetup(
  destination: Side,
  catalog: string,
  options: AskOptions = {},
): Promise<string | undefined> {
  const running = await destination.start({ verb: ["setup"], flags: ["--dry-run"], files: { "--catalog": catalog } });
  using deadline = endAfter(running, options);
  try {
    running.stdin.on("error", () => {}).end();
    let text = "";
    for await (const chunk of running.stdout) text += String(chunk);
    const end = await running.ended;
    deadline.throwIfOver(`"${destination.name} setup"`);
    if (end.exitCode === ExitCode.ok) return destination.mask(text);
    if (end.exitCode === ExitCode.usage) return undefined;
    throw sideFailure(destination, running.stderrTail(), end);
  } finally {
    running.kill("SIGKILL");
    await running.releaseFiles();
  }
}

type Answer = Extract<Message, { type: "catalog" | "connection_status" }>;

/** Yields the answers that a verb prints; throws what it reported, or how it ended. */
async function* ask(side: Side, invocation: Invocation, options: AskOptions): AsyncGenerator<Answer> {
  const running = await side.start(invocation);
  using deadline = endAfter(running, options);
  try {
    running.stdin.on("error", () => {}).end();
    let reported: SluiceError | undefined;
    for await (const lines of readLines(running.stdout)) {
      for (const line of lines) {
        if (line.kind !== "message") continue;
        const { message } = line;
        if (message.type === "error")
          reported ??= new SluiceError(message.error.failure_type, side.mask(message.error.message));
        if (message.type === "catalog" || message.type === "connection_status") yield message;
      }
    }
    const end = await running.ended;
    deadline.throwIfOver(`"${side.name} ${invocation.verb.join(" ")}"`);
    if (reported !== undefined) throw reported;
    if (end.exitCode !== ExitCode.ok) throw sideFailure(side, running.stderrTail(), end);
  } finally {
    running.kill("SIGKILL");
    await running.releaseFiles();
  }
}
