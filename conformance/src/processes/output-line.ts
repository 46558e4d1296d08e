import { SluiceError, type Message, type Payload } from "@sluice/protocol";
import { parseLine, type Line, type RecordLine } from "@sluice/protocol/stdio";

/** A line that a connector printed: its text without LF, and what it is, or why it is nothing. */
export type OutputLine = { text: string; line: Line | undefined; flaw: string | undefined };

type Told = Exclude<Message, { type: "record" }>;

/** Yields what a line is; a broken one has a flaw instead of a message. */
export function outputLine(bytes: Buffer, lineNumber: number): OutputLine {
  const text = bytes.toString();
  try {
    return { text, line: parseLine({ bytes, lineNumber, byteOffset: 0 }), flaw: undefined };
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return { text, line: undefined, flaw: error.message.replace("of the input", "of its output") };
  }
}

/** Yields the messages of one type in these lines, in their order. */
export function payloads<T extends Told["type"]>(lines: readonly OutputLine[], type: T): Payload<T>[] {
  return lines.flatMap(({ line }) => {
    if (line?.kind !== "message" || line.message.type !== type) return [];
    // a message was held to the schema of its type, which the compiler does not follow to the member of that name
    const payload: unknown = Reflect.get(line.message, type);
    return [payload as Payload<T>];
  });
}

/** Yields the records in these lines, in their order. */
export function records(lines: readonly OutputLine[]): RecordLine[] {
  return lines.flatMap(({ line }) => (line?.kind === "record" ? [line] : []));
}

/** Yields the states in these lines that are echoes: those with what was committed. */
export function echoes(lines: readonly OutputLine[]): Payload<"state">[] {
  return payloads(lines, "state").filter(({ committed }) => committed !== undefined);
}
