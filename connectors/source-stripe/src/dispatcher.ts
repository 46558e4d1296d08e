import { Pool, ProxyAgent, type Dispatcher } from "undici";
import type { Config } from "./config.ts";

const CONNECT_TIMEOUT_MS = 10_000;

/** What requests go over. */
type Way = Pick<Config, "concurrency" | "request_timeout_ms" | "proxy">;
/** Where requests go to, and what ends connections that are still being made. */
type To = { origin: string; signal: AbortSignal };

/** Yields what sends requests to a server over connections that are kept open, directly or through the proxy. */
export function dispatcherOf({ concurrency, request_timeout_ms: timeoutMs, proxy }: Way, to: To): Dispatcher {
  const options = { connections: concurrency, headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
  const connect = { timeout: Math.min(timeoutMs, CONNECT_TIMEOUT_MS), signal: to.signal };
  if (proxy === undefined) return new Pool(to.origin, { ...options, connect });
  const { username, password } = new URL(proxy);
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
  return new ProxyAgent({
    ...options,
    uri: proxy,
    // the same way for http as for https
    proxyTunnel: true,
    ...(username === "" ? {} : { token: `Basic ${credentials}` }),
    proxyTls: connect,
    requestTls: connect,
    // the other timeouts hold inside a tunnel; this one until the proxy has opened it
    clientFactory: (address, client) => new Pool(address, { ...client, headersTimeout: timeoutMs }),
  });
}
