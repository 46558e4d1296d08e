import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import serveStatic from "@fastify/static";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Api } from "./context.ts";

const YEAR_MS = 365 * 24 * 3600 * 1000;

// PGlite is WebAssembly, and the editor of SQL puts its styles into the page.
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** Yields the folder of the built page, which is found as connectors are; undefined where it is not installed or not built. */
export function findPage(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve("@sluice/web/package.json");
    const folder = join(dirname(manifest), "dist");
    return existsSync(join(folder, "index.html")) ? folder : undefined;
  } catch {
    // not installed: the API does without
    return undefined;
  }
}

/** Whether a browser asks for a part of the page by its address, as people type or open it; the page knows which there are. */
export function isForPage({ method, headers, url }: FastifyRequest): boolean {
  return (
    method === "GET" && headers.accept?.includes("text/html") === true && !/^\/(v1|assets|docs)(\/|$|\?)/.test(url)
  );
}

/** Adds the page's files, for which nobody needs a token. Those in `assets` carry their hash in the name and never change. */
export async function addPage(api: Api, folder: string): Promise<void> {
  await api.register(serveStatic, { root: folder, serve: false, preCompressed: true });
  const options = { config: { access: "public" }, schema: { hide: true } } as const;
  api.get("/assets/*", options, async (request, reply) =>
    // a worker has the policy that its script came with
    withPolicy(reply).sendFile(pathOf(request), { maxAge: YEAR_MS, immutable: true }),
  );
  api.get("/sluice.svg", options, async (request, reply) => reply.sendFile(pathOf(request)));
  api.get("/", options, async (_, reply) => sendPage(reply));
}

/** Answers with the page itself, whatever the address; it is asked for anew each time, so that a new version is seen. */
export function sendPage(reply: FastifyReply): FastifyReply {
  return withPolicy(reply).header("Cache-Control", "no-cache").sendFile("index.html", { cacheControl: false });
}

function withPolicy(reply: FastifyReply): FastifyReply {
  return reply.header("Content-Security-Policy", POLICY);
}

function pathOf({ url }: FastifyRequest): string {
  return (url.split("?")[0] ?? "").slice(1);
}
