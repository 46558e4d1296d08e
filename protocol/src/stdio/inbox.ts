import type { Readable } from "node:stream";
import { SluiceError } from "../failure.ts";
import { readLines } from "./lines.ts";
import type { InboxMessage } from "./source.ts";

/** Yields the `committed` and `input` messages on a live source's stdin; ends with it. Throws `protocol` for another line. */
export async function* readInbox(stdin: Readable): AsyncGenerator<InboxMessage> {
  for await (const lines of readLines(stdin)) {
    for (const line of lines) {
      if (line.kind === "foreign") continue;
      if (line.kind !== "message" || (line.message.type !== "committed" && line.message.type !== "input")) {
        throw new SluiceError(
          "protocol",
          `Line ${line.lineNumber} of stdin is neither "committed" nor "input"; a source takes nothing else.`,
        );
      }
      yield line.message;
    }
  }
}
