/** How often somebody who hears nothing is shown that the connection lives. */
export const HEARTBEAT_MS = 15_000;
/** Keeps proxies from taking silence for an end. */
export const HEARTBEAT = ":\n\n";
/** How long a browser waits before it comes back. */
export const RETRY = "retry: 2000\n\n";

/** Yields a server-sent event (WHATWG HTML, 9.2); what has no id cannot be gone on behind. */
export function event(name: string, id: number | string | null, data: unknown): string {
  return `${id === null ? "" : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
