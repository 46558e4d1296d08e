import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";

const HTML_PAGE = "<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>\n";

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

/** Yields a body of which half is sent and then nothing, until the client closes the connection. */
export function stalledBody(body: Buffer, socket: Socket): Readable {
  return Readable.from(halfAndSilence(body, socket));
}

async function* halfAndSilence(body: Buffer, socket: Socket) {
  yield body.subarray(0, body.length >>> 1);
  if (!socket.destroyed) await closed(socket);
}

/** Resolves once the client has closed its connection. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

/** Yields what is sent in place of a body, as if it were whole. */
export function garbledBody(body: Buffer, how: "cut" | "html" | "empty"): Buffer {
  if (how === "cut") return body.subarray(0, body.length >>> 1);
  return Buffer.from(how === "html" ? HTML_PAGE : "");
}
