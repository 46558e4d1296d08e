import { randomInt } from "node:crypto";
import getPort, { portNumbers } from "get-port";

/** Below the ports that Linux gives to outgoing connections (ip_local_port_range, from 32768) and macOS (from 49152). */
const RANGE = { from: 10_000, to: 32_767 };
/** How many ports there are to be tried at least. */
const LEAST_CHOICE = 1000;

/**
 * A port of 127.0.0.1 for what ends and begins again at the same address: while nothing listens there, no outgoing
 * connection is given it, and neither is another caller of this process.
 */
export function reservePort(): Promise<number> {
  // processes that look at the same time begin at different places
  const first = randomInt(RANGE.from, RANGE.to - LEAST_CHOICE);
  return getPort({ host: "127.0.0.1", port: portNumbers(first, RANGE.to), reserve: true });
}
