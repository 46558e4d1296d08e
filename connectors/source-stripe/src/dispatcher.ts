import { Pool, ProxyAgent, type Dispatcher } from "undici";
import type { Config } from "./config.ts";

const CONNECT_TIMEOUT_MS = 10_000;

/** What requests go over. */
type Way = Pick<Config, "concurrency" | "request_timeout_ms">;

/**
 * Yields what sends requests to a server over connections that are kept open, directly or through the proxy. The signal
 * ends connections that are still being made.
 */
export function dispatcherOf(config: Config, { origin, signal }: { origin: string; signal: AbortSignal }): Dispatcher {
  if (config.proxy !== undefined) return proxyAgentOf(config.proxy, config, signal);
  return new Pool(origin, {
    ...timeoutsOf(config),
    connections: config.concurrency,
    connect: connectBy(config, signal),
  });
}

/** Yields what sends requests to any server through a proxy, by tunnels that are kept open. */
export function proxyAgentOf(proxy: string, way: Way, signal: AbortSignal): Dispatcher {
  const { username, password } = new URL(proxy);
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
  const connect = connectBy(way, signal);
  return new ProxyAgent({
    ...timeoutsOf(way),
    connections: way.concurrency,
    uri: proxy,
    // the same way for http as for https
    proxyTunnel: true,
    ...(username === "" ? {} : { token: `Basic ${credentials}` }),
    proxyTls: connect,
    requestTls: connect,
    // the timeouts above hold inside a tunnel, these until the proxy has opened it
    clientFactory: (address, options) => new Pool(address, { ...options, ...timeoutsOf(way) }),
  });
}

function timeoutsOf({ request_timeout_ms: timeoutMs }: Way) {
  return { headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
}

function connectBy({ request_timeout_ms: timeoutMs }: Way, signal: AbortSignal) {
  return { timeout: Math.min(timeoutMs, CONNECT_TIMEOUT_MS), signal };
}
