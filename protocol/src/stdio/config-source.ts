import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { SluiceError, errorCode } from "../failure.ts";
import { log } from "./stderr.ts";

const BOM = "\uFEFF";
const MAX_INLINE_BYTES = 64 * 1024;
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** What a file argument is for, so that an error can say how to give it. */
export type Argument = { flag: string; value: string };

/**
 * Yields the text behind a file argument: a path, `-` for stdin, `@env:NAME`, or inline JSON up to 64 KiB.
 * Throws `config` with what to do when it is not there.
 */
export async function readArgument(argument: Argument): Promise<string> {
  const text = await readText(argument);
  return text.startsWith(BOM) ? text.slice(BOM.length) : text;
}

/** Yields the bytes behind a file argument as they come, however many; throws as `readArgument` does. */
export async function* readArgumentBytes(argument: Argument): AsyncGenerator<Buffer> {
  const { flag, value } = argument;
  if (value === "-") yield* process.stdin as AsyncIterable<Buffer>;
  else if (isText(value)) yield Buffer.from(await readText(argument));
  else {
    try {
      yield* createReadStream(value) as AsyncIterable<Buffer>;
    } catch (error) {
      throw unreadable(flag, { path: value, error });
    }
  }
}

/** Tells whether the value is itself what it stands for, or names a variable that is, and no file. */
function isText(value: string): boolean {
  return value.startsWith("@env:") || value.trimStart().startsWith("{");
}

async function readText({ flag, value }: Argument): Promise<string> {
  if (value === "-") return readStdin(flag);
  if (value.startsWith("@env:")) {
    const name = value.slice("@env:".length);
    const text = process.env[name];
    if (text === undefined)
      throw new SluiceError("config", `${flag} names the environment variable ${name}, which is not set.`);
    return text;
  }
  if (isText(value)) {
    if (Buffer.byteLength(value) > MAX_INLINE_BYTES) {
      throw new SluiceError(
        "config",
        `${flag} holds more than ${MAX_INLINE_BYTES} bytes; put it into a file and give its path.`,
      );
    }
    log("warn", `${flag} is given inline and shows in the process list; use a file, "-" or @env:NAME for secrets.`);
    return value;
  }
  return readBoundedFile(flag, value);
}

/** Yields the JSON object behind a file argument; throws `config` that names the flag and the place. */
export async function readJsonArgument(argument: Argument): Promise<Record<string, unknown>> {
  const text = await readArgument(argument);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // the parser's own message quotes the text, which may hold a secret
    throw new SluiceError(
      "config",
      `${argument.flag} is not valid JSON${placeOfError(text)}; correct ${nameOf(argument)}.`,
    );
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new SluiceError("config", `${argument.flag} must hold a JSON object; correct ${nameOf(argument)}.`);
  }
  return { ...parsed };
}

function nameOf({ value }: Argument): string {
  if (value === "-") return "what is piped to stdin";
  if (value.startsWith("@env:")) return `the environment variable ${value.slice("@env:".length)}`;
  return value.trimStart().startsWith("{") ? "the inline text" : `the file ${value}`;
}

/** Bisects for the first line that no continuation could mend, because not every parser message has a position. */
function placeOfError(text: string): string {
  if (text.trim() === "") return " (it is empty)";
  const lines = text.split("\n");
  let sound = 0;
  let broken = lines.length;
  while (broken - sound > 1) {
    const middle = (sound + broken) >> 1;
    if (mayContinue(lines.slice(0, middle).join("\n") + "\n")) sound = middle;
    else broken = middle;
  }
  return mayContinue(text) ? ` (it ends too early, in line ${lines.length})` : ` (line ${broken})`;
}

/** Tells whether a text is JSON, or the beginning of some. */
function mayContinue(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    // only the position is taken from the parser's message
    const message = error instanceof Error ? error.message : "";
    if (message.startsWith("Unexpected token")) return false;
    const position = / in JSON at position (\d+)/.exec(message)?.[1];
    return position === undefined ? message.startsWith("Unexpected end") : Number(position) === text.length;
  }
}

async function readBoundedFile(flag: string, path: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > MAX_FILE_BYTES) {
      throw new SluiceError(
        "config",
        `${flag}: the file ${path} is larger than ${MAX_FILE_BYTES} bytes; is it the right one?`,
      );
    }
    return bytes.toString();
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    throw unreadable(flag, { path, error });
  }
}

function unreadable(flag: string, { path, error }: { path: string; error: unknown }): SluiceError {
  return new SluiceError(
    "config",
    `${flag}: the file ${path} cannot be read (${errorCode(error) ?? "unknown error"}); check the path and its permissions.`,
    { cause: error },
  );
}

async function readStdin(flag: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_FILE_BYTES)
      throw new SluiceError("config", `${flag}: more than ${MAX_FILE_BYTES} bytes came on stdin.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
