import { z } from "zod";
import { SluiceError } from "../failure.ts";
import { messageSchemas } from "../message.ts";
import { readArgumentBytes, type Argument } from "./config-source.ts";
import type { StateLine } from "./destination.ts";
import { LineSplitter, type RawLine } from "./line-splitter.ts";

const MESSAGE_START = '{"type":';

/** States by what they cover: a stream's name, or null for the global one. */
export type States = ReadonlyMap<string | null, StateLine>;

/**
 * Resolves to the newest state of each scope in an NDJSON file such as a destination's output, however long that has
 * grown; other messages are passed over, and so is a cut line, at the end or with the next run's output right behind it.
 * Throws `config` with the line number for anything else that is not a message.
 */
export async function readStates(argument: Argument): Promise<States> {
  const states = new Map<string | null, StateLine>();
  for await (const { bytes, lineNumber, isLast } of linesOf(argument)) {
    const found = findMessage(bytes.toString());
    if (found === undefined) {
      if (isLast) continue;
      throw badState(argument, lineNumber, "is not a JSON message");
    }
    const { message, text } = found;
    if (message.type !== "state") continue;
    const parsed = messageSchemas.state.safeParse(message);
    if (!parsed.success || parsed.data.type !== "state")
      throw badState(argument, lineNumber, "is not a complete state message");
    const { state } = parsed.data;
    if (state.scope === "stream" && state.stream === undefined)
      throw badState(argument, lineNumber, "is a stream's state without its stream");
    states.set(state.scope === "stream" ? (state.stream ?? null) : null, { state, line: Buffer.from(text) });
  }
  return states;
}

/** Yields the lines of a file argument; the last one, where it has no LF, may be cut. */
async function* linesOf(argument: Argument): AsyncGenerator<RawLine & { isLast: boolean }> {
  const splitter = new LineSplitter();
  try {
    for await (const chunk of readArgumentBytes(argument))
      for (const line of splitter.push(chunk)) yield { ...line, isLast: false };
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== "protocol") throw error;
    const { flag, value } = argument;
    throw new SluiceError("config", `${flag}: a line of ${value} is longer than any message; is it the right file?`, {
      cause: error,
    });
  }
  const last = splitter.end();
  if (last !== undefined) yield { ...last, isLast: true };
}

/** A run that is killed leaves half a line, and the next one, appending, goes on right behind it. */
function findMessage(line: string): { message: { type: string }; text: string } | undefined {
  for (let at = 0; at !== -1; at = line.indexOf(MESSAGE_START, at + 1)) {
    const text = line.slice(at).trim();
    const message = parseMessage(text);
    if (message !== undefined) return { message, text };
  }
  return undefined;
}

function parseMessage(line: string): { type: string } | undefined {
  try {
    return z.looseObject({ type: z.string() }).parse(JSON.parse(line));
  } catch {
    // the caller knows whether the line may be cut
    return undefined;
  }
}

function badState({ flag, value }: Argument, lineNumber: number, what: string): SluiceError {
  return new SluiceError(
    "config",
    `${flag}: line ${lineNumber} of ${value} ${what}; give the output of a destination, or of "checkpoint get".`,
  );
}
