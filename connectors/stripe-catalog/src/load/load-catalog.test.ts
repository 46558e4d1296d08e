import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { documentOf } from "../fixtures/document.ts";
import { catalogOfVersion, catalogVersion, listVersions, readCatalog } from "../index.ts";
import { sha256 } from "./download.ts";

const MOON = "2030-01-01.moon";

let folder: string;
let cacheFolder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-catalog-"));
  cacheFolder = join(folder, "cache");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Resolves to the address of a server that answers as it is told, and to the paths that it was asked for. */
async function serve(listener: RequestListener): Promise<{ url: string; asked: string[]; stop: () => Promise<void> }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  onTestFinished(stop);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, stop };
}

/** Serves a document of the version that the path names, and an index of two versions. */
function serveVersions() {
  return serve((request, response) => {
    const version = /^\/(\d.*)\.json$/.exec(request.url ?? "")?.[1];
    const index = { versions: { [MOON]: `${MOON}.json`, "2029-01-01": "2029-01-01.json" } };
    response.end(JSON.stringify(version === undefined ? index : documentOf(version)));
  });
}

async function written(name: string, value: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof value === "string" ? value : JSON.stringify(value));
  return path;
}

test("the shipped version needs neither network nor file", async () => {
  expect(await catalogOfVersion(catalogVersion)).toBe(readCatalog());
  expect(await listVersions()).toEqual([catalogVersion]);
});

test("a file gives the catalog of its version, by path or file URL", async () => {
  const path = await written("spec3.json", documentOf(MOON));
  for (const location of [path, `file://${path}`]) {
    expect(await catalogOfVersion(MOON, { location })).toMatchObject({
      api_version: MOON,
      lists: [{ path: "/v1/moons" }],
    });
    expect(await listVersions({ location })).toEqual([MOON]);
  }
});

test("a template leads to the document of the version", async () => {
  const { url, asked } = await serveVersions();
  const location = `${url}/{version}.json`;
  expect((await catalogOfVersion(MOON, { location, cacheFolder })).api_version).toBe(MOON);
  expect((await catalogOfVersion("2029-01-01", { location, cacheFolder })).api_version).toBe("2029-01-01");
  expect(asked).toEqual([`/${MOON}.json`, "/2029-01-01.json"]);
});

test("an index says which versions there are and where", async () => {
  const { url } = await serveVersions();
  const location = `${url}/index.json`;
  expect(await listVersions({ location })).toEqual(["2029-01-01", MOON]);
  expect((await catalogOfVersion(MOON, { location, cacheFolder })).api_version).toBe(MOON);
  await expect(catalogOfVersion("2028-01-01", { location, cacheFolder })).rejects.toMatchObject({
    code: "config",
    message: `The index ${location} has no version 2028-01-01; it has 2029-01-01, ${MOON}.`,
  });
  const path = await written("index.json", { versions: { [MOON]: "beside.json" } });
  await written("beside.json", documentOf(MOON));
  expect((await catalogOfVersion(MOON, { location: path })).api_version).toBe(MOON);
});

test("an entry of an index in a file is beside it, whatever its folder is called, and held to its checksum", async () => {
  const within = join(folder, "a b%20c");
  await mkdir(within);
  const document = JSON.stringify(documentOf(MOON));
  await writeFile(join(within, "moon.json"), document);
  const right = sha256(Buffer.from(document));
  const index = join(within, "index.json");
  const write = (entry: string) => writeFile(index, JSON.stringify({ versions: { [MOON]: entry } }));
  for (const entry of [
    "moon.json",
    `moon.json#sha256=${right}`,
    `./moon.json#sha256=${right}`,
    join(within, "moon.json"),
  ]) {
    await write(entry);
    for (const location of [index, relative(process.cwd(), index), pathToFileURL(index).href])
      expect((await catalogOfVersion(MOON, { location })).api_version).toBe(MOON);
  }
  await write(`moon.json#sha256=${"0".repeat(64)}`);
  await expect(catalogOfVersion(MOON, { location: index })).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining(`has the checksum ${right}, not the 000`),
  });
});

test("an entry of an index at a server is asked of a server, never of this machine's files", async () => {
  const path = await written("spec3.json", documentOf(MOON));
  const entries: Record<string, string> = { "/path.json": path, "/file.json": `file://${path}` };
  const { url, asked } = await serve((request, response) => {
    const entry = entries[request.url ?? ""];
    response.statusCode = entry === undefined ? 404 : 200;
    response.end(JSON.stringify({ versions: { [MOON]: entry } }));
  });
  const refused = (name: string) => catalogOfVersion(MOON, { location: url + name, cacheFolder });
  await expect(refused("/path.json")).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining("404"),
  });
  expect(asked).toEqual(["/path.json", path]);
  await expect(refused("/file.json")).rejects.toMatchObject({
    code: "config",
    message: `The index ${url}/file.json names file://${path}, which is no http or https address; correct it.`,
  });
});

test("an index that names an index is refused, and not followed for ever", async () => {
  const { url, asked } = await serve((_, response) => {
    response.end(JSON.stringify({ versions: { [MOON]: "index.json" } }));
  });
  await expect(catalogOfVersion(MOON, { location: `${url}/index.json`, cacheFolder })).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining("names another index"),
  });
  expect(asked).toHaveLength(2);
});

test("a document with a reference that leads nowhere is refused", async () => {
  const text = JSON.stringify(documentOf(MOON)).replaceAll("#/components/schemas/moon", "#/components/schemas/sun");
  const path = await written("spec3.json", text);
  await expect(catalogOfVersion(MOON, { location: path })).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining("refers to #/components/schemas/sun"),
  });
});

test("a document that was fetched once is had without the network, and only its owner can read it", async () => {
  const { url, asked, stop } = await serveVersions();
  const location = `${url}/{version}.json`;
  const first = await catalogOfVersion(MOON, { location, cacheFolder });
  await stop();
  expect(await catalogOfVersion(MOON, { location, cacheFolder })).toEqual(first);
  expect(asked).toHaveLength(1);
  expect((await stat(cacheFolder)).mode & 0o777).toBe(0o700);
  const [name = ""] = await readdir(cacheFolder);
  expect((await stat(join(cacheFolder, name))).mode & 0o777).toBe(0o600);
});

test("a kept document that was changed since is not taken", async () => {
  const { url, asked } = await serveVersions();
  const location = `${url}/{version}.json`;
  await catalogOfVersion(MOON, { location, cacheFolder });
  const [name = ""] = await readdir(cacheFolder);
  const kept = join(cacheFolder, name);
  await writeFile(kept, (await readFile(kept, "utf8")).replaceAll("moons", "suns"));
  expect((await catalogOfVersion(MOON, { location, cacheFolder })).lists[0]?.path).toBe("/v1/moons");
  expect(asked).toHaveLength(2);
});

test("offline another version than the shipped one is refused, never replaced", async () => {
  const { url, stop } = await serveVersions();
  await stop();
  await expect(catalogOfVersion(MOON, { location: `${url}/{version}.json`, cacheFolder })).rejects.toMatchObject({
    code: "config",
    message: expect.stringMatching(/ cannot be reached; check the network, or give the document as a file\.$/),
  });
});

test("a document of another version is refused, never taken for the one that is wanted", async () => {
  const path = await written("spec3.json", documentOf(MOON));
  await expect(catalogOfVersion("2029-01-01", { location: path })).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining(`describes version ${MOON}, not 2029-01-01; set api_version to ${MOON}`),
  });
});

test("a checksum holds a document to its bytes", async () => {
  const path = await written("spec3.json", documentOf(MOON));
  const right = sha256(await readFile(path));
  expect((await catalogOfVersion(MOON, { location: `${path}#sha256=${right}` })).api_version).toBe(MOON);
  const wrong = "0".repeat(64);
  await expect(catalogOfVersion(MOON, { location: `${path}#sha256=${wrong}` })).rejects.toMatchObject({
    code: "config",
    message: `${path} has the checksum ${right}, not the ${wrong} that is wanted; check both.`,
  });
});

test.each([
  ["is too large", { maxBytes: 100 }, "is larger than 100 bytes"],
  ["does not come in time", { timeoutMs: 50 }, "did not come within 50 ms"],
])("a document that %s is refused", async (_, options, words) => {
  const { url } = await serve((request, response) => {
    response.write(" ".repeat(200));
    if (request.url === "/slow") return;
    response.end();
  });
  const location = "timeoutMs" in options ? `${url}/slow` : url;
  const refused = catalogOfVersion(MOON, { location, cacheFolder, ...options });
  await expect(refused).rejects.toMatchObject({ code: "config", message: expect.stringContaining(words) });
});

test.each([
  ["an answer that is no success", 404, "", "answered 404"],
  ["what is no JSON", 200, "<html>", "is no JSON"],
  ["JSON that is no document", 200, "{}", "is no OpenAPI 3 document"],
])("%s is refused, and not kept", async (_, status, body, words) => {
  const { url } = await serve((_request, response) => response.writeHead(status).end(body));
  const refused = catalogOfVersion(MOON, { location: url, cacheFolder });
  await expect(refused).rejects.toMatchObject({ code: "config", message: expect.stringContaining(words) });
  await expect(readdir(cacheFolder)).rejects.toThrow("ENOENT");
});

test.each([
  ["http://example.com/spec3.json", "is not encrypted"],
  ["/no/such/file.json", "cannot be read"],
  ["spec3.json#md5=1", "is no checksum"],
])("%s is refused", async (location, words) => {
  await expect(catalogOfVersion(MOON, { location, cacheFolder })).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining(words),
  });
});

test("a template does not say which versions there are", async () => {
  await expect(listVersions({ location: "https://example.com/{version}.json" })).rejects.toMatchObject({
    code: "config",
  });
});

test("a fetch of one's own is used, as behind a proxy", async () => {
  const asked: unknown[] = [];
  const own: typeof fetch = (address) => {
    asked.push(address);
    return Promise.resolve(new Response(JSON.stringify(documentOf(MOON))));
  };
  await catalogOfVersion(MOON, { location: "https://example.com/{version}.json", cacheFolder, fetch: own });
  expect(asked).toEqual([`https://example.com/${MOON}.json`]);
});

test("whoever stops a load is told so, and not that the network failed", async () => {
  const { url } = await serve(() => {});
  const stop = new AbortController();
  const load = catalogOfVersion(MOON, { location: url, cacheFolder, signal: stop.signal });
  stop.abort(new Error("enough"));
  await expect(load).rejects.toThrow("enough");
});
