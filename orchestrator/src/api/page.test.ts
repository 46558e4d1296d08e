import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { newApi } from "../fixtures/api.ts";

const HTML = { accept: "text/html,application/xhtml+xml" };

async function newPage() {
  const folder = await mkdtemp(join(tmpdir(), "sluice-page-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const page = join(folder, "dist");
  await mkdir(join(page, "assets"), { recursive: true });
  await writeFile(join(page, "index.html"), "<title>the page</title>");
  await writeFile(join(page, "assets", "index-1a2b.js"), "the script");
  await writeFile(join(page, "assets", "index-1a2b.js.br"), "the script, compressed");
  await writeFile(join(folder, "secret.key"), "canary-7e1d");
  const { call } = await newApi("postgres", { page });
  return (path: string, headers: Record<string, string> = HTML) => call(`GET ${path}`, { as: null, headers });
}

test("the page is served at every address of its own to whoever asks, and may do no more than it needs", async () => {
  const get = await newPage();
  for (const path of ["/", "/pipelines/pipe_1/runs?status=failed", "/v1x"]) {
    const { status, text, headers } = await get(path);
    expect({ status, text }).toEqual({ status: 200, text: "<title>the page</title>" });
    expect(headers["content-security-policy"]).toMatch(/default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/);
    expect(headers["cache-control"]).toBe("no-cache");
  }
});

test("what never changes is kept by browsers, compressed where they can take it", async () => {
  const get = await newPage();
  const plain = await get("/assets/index-1a2b.js", {});
  expect(plain).toMatchObject({ status: 200, text: "the script" });
  expect(plain.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  // what a worker may do is decided by how its script is served
  expect(plain.headers["content-security-policy"]).toContain("script-src 'self' 'wasm-unsafe-eval'");
  const small = await get("/assets/index-1a2b.js", { "accept-encoding": "gzip, br" });
  expect(small).toMatchObject({ text: "the script, compressed", headers: { "content-encoding": "br" } });
});

test("the page stands in for no part of the API, and leads to no other file", async () => {
  const get = await newPage();
  for (const path of ["/v1/pipelines", "/v1/nothing", "/v1", "/docs/", "/openapi.json", "/metrics"])
    expect((await get(path)).status).toBe(401);
  expect((await get("/nothing", { accept: "application/json" })).status).toBe(401);
  for (const path of [
    "/assets/none.js",
    "/assets/../../secret.key",
    "/assets/..%2f..%2fsecret.key",
    "/..%2fsecret.key",
  ])
    expect((await get(path, {})).text).not.toContain("canary");
  expect((await get("/assets/none.js")).status).toBe(404);
});

test("without a page the API is as it is", async () => {
  const { call } = await newApi();
  expect((await call("GET /pipelines", { as: null, headers: HTML })).status).toBe(401);
});
