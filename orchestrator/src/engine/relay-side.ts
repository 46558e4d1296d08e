import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ExitCode } from "@sluice/protocol";
import { LineSplitter, parseLine, type Output, type RawLine } from "@sluice/protocol/stdio";
import { sideFailure, type ConnectorProcess, type Invocation, type RunningSide } from "@sluice/runner";

const GRACE_MS = 10_000;
const LF = Buffer.from("\n");
/** What connectors say for people; whatever else is told must stay as it is, token by token. */
const FOR_PEOPLE = ["log", "error", "connection_status", "stream_status"];

type RelayOptions = {
  output: Output;
  /** What the connector gets on stdin. */
  input?: Readable | undefined;
  /** Ends it in order, and after ten seconds by force. */
  signal: AbortSignal;
};

/** Starts a connector and prints its messages, secrets masked, until it ends; resolves to its exit code. */
export async function relaySide(
  side: ConnectorProcess,
  invocation: Invocation,
  { output, input, signal }: RelayOptions,
): Promise<ExitCode> {
  const running = await side.start(invocation);
  const stop = () => stopInOrder(running);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    feed(running, input);
    const speaker = new Speaker(side);
    const splitter = new LineSplitter();
    for await (const chunk of running.stdout as AsyncIterable<Buffer>) {
      const lines = [...splitter.push(chunk)].map((raw) => speaker.told(raw));
      if (lines.length > 0) await output.write(Buffer.concat(lines.flatMap((line) => [line, LF])));
    }
    const last = splitter.end();
    if (last !== undefined) await output.write(Buffer.concat([speaker.told(last), LF]));
    const ended = await running.ended;
    const isTold = speaker.hasFailed || signal.aborted;
    if (ended.startFailure !== undefined || (ended.exitCode !== ExitCode.ok && !isTold))
      throw sideFailure(side, running.stderrTail(), ended);
    return (ended.exitCode ?? ExitCode.unexpected) as ExitCode;
  } finally {
    signal.removeEventListener("abort", stop);
    running.kill("SIGKILL");
    await running.releaseFiles();
  }
}

/** Turns what a connector prints into lines of messages. */
class Speaker {
  readonly #side: ConnectorProcess;
  hasFailed = false;

  constructor(side: ConnectorProcess) {
    this.#side = side;
  }

  told(raw: RawLine): Buffer {
    const line = parseLine(raw);
    if (line.kind === "text") {
      const log = { level: "info", message: this.#side.mask(raw.bytes.toString()) };
      return Buffer.from(JSON.stringify({ type: "log", log }));
    }
    if (line.kind !== "message" || !FOR_PEOPLE.includes(line.message.type)) return raw.bytes;
    this.hasFailed ||= line.message.type === "error";
    const mask = (_: string, value: unknown) => (typeof value === "string" ? this.#side.mask(value) : value);
    return Buffer.from(JSON.stringify(line.message, mask));
  }
}

function feed({ stdin }: RunningSide, input: Readable | undefined): void {
  // a connector that does not read to the end says by its exit code whether it should have
  stdin.on("error", () => {});
  if (input === undefined) stdin.end();
  else pipeline(input, stdin).catch(() => {});
}

function stopInOrder(running: RunningSide): void {
  running.kill("SIGTERM");
  setTimeout(() => running.kill("SIGKILL"), GRACE_MS).unref();
}
