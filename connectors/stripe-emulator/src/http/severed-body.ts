import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";

/** Yields a body of which half is sent before the connection is reset. */
export function severedBody(body: Buffer, socket: Socket): Readable {
  return Readable.from(halfAndReset(body, socket));
}

async function* halfAndReset(body: Buffer, socket: Socket) {
  yield body.subarray(0, body.length >>> 1);
  // the half must have left for the socket before the reset, or the client sees no body at all
  await turn();
  socket.resetAndDestroy();
}
