import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ExitCode } from "@sluice/protocol";
import { inProcessSide } from "./in-process-side.ts";
import type { Side } from "./side.ts";

/** Yields a source whose `read` prints the given bytes, such as those of a recording. */
export function bytesSource({ name, open }: { name: string; open(): Readable }): Side {
  return inProcessSide({
    name,
    kind: "source",
    async main({ stdout, signal }) {
      await pipeline(open(), stdout, { end: false, signal });
      return ExitCode.ok;
    },
  });
}
