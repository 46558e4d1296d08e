import { SluiceError } from "@sluice/protocol";
import { z } from "zod";

/** Where the read of a stream stands; `format` grows when the meaning changes. */
export const StreamState = z.discriminatedUnion("phase", [
  z.strictObject({
    format: z.literal(1),
    phase: z.literal("listing"),
    /** The last object that was sent; the list goes on behind it. */
    cursor: z.string(),
    /** Its time in seconds, from which to list again when it is gone. */
    cursor_created: z.int().nullable(),
    /** Set once the list was begun again from a time. */
    created_lte: z.int().optional(),
  }),
  z.strictObject({ format: z.literal(1), phase: z.literal("complete") }),
]);
export type StreamState = z.infer<typeof StreamState>;

/** Yields a stored state; throws `config` for one that is not ours, for a reset would hide what is missing. */
export function parseState(stream: string, data: unknown): StreamState | undefined {
  if (data === undefined) return undefined;
  const result = StreamState.safeParse(data);
  if (result.success) return result.data;
  throw new SluiceError(
    "config",
    `The state of the stream "${stream}" was not written by this version of source-stripe; remove it to read the stream from the beginning.`,
  );
}
