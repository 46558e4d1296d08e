import { expect, test, vi } from "vitest";
import { configuredCatalog, readCatalogFile, selectStreams } from "./configured-catalog.ts";

const bare = { name: "a", json_schema: {} };
const configured = { stream: bare, sync_mode: "full_refresh", destination_mode: "overwrite", note: "kept" } as const;

async function read(catalog: unknown): Promise<Awaited<ReturnType<typeof readCatalogFile>>> {
  vi.stubEnv("TEST_CATALOG", JSON.stringify(catalog));
  try {
    return await readCatalogFile("@env:TEST_CATALOG");
  } finally {
    vi.unstubAllEnvs();
  }
}

test("a catalog file may be a message or its payload, with streams bare or configured", async () => {
  const expected = { streams: [configured], pipelineId: "p" };
  expect(await read({ streams: [configured], pipeline_id: "p" })).toEqual(expected);
  expect(await read({ type: "catalog", catalog: { streams: [configured], pipeline_id: "p" } })).toEqual(expected);
});

test("a bare stream is merged by its key, or appended without one, and continued where it can be", () => {
  const { streams } = configuredCatalog({
    streams: [bare, { ...bare, name: "b", primary_key: ["id"], supports: { incremental: true } }],
  });
  expect(streams.map(({ sync_mode, destination_mode }) => [sync_mode, destination_mode])).toEqual([
    ["full_refresh", "append"],
    ["incremental", "merge"],
  ]);
});

test.each([
  [{}],
  [{ streams: [{ name: "a" }] }],
  [{ type: "catalog" }],
  [{ streams: [{ ...configured, destination_mode: "x" }] }],
])("%j is no catalog", async (catalog) => {
  await expect(read(catalog)).rejects.toThrow(/^--catalog: @env:TEST_CATALOG is not a catalog .*"discover"/);
});

test("streams are selected in the order of their names, and a wrong name gets a proposal", () => {
  const { streams } = configuredCatalog({
    streams: [
      { ...bare, name: "customers" },
      { ...bare, name: "charges" },
    ],
  });
  expect(selectStreams(streams, ["charges", "customers"]).map(({ stream }) => stream.name)).toEqual([
    "charges",
    "customers",
  ]);
  expect(() => selectStreams(streams, ["custmers"])).toThrow('"custmers" does not exist; did you mean "customers"?');
  expect(() => selectStreams(streams, ["xyz"])).toThrow('"xyz" does not exist; "discover" prints all.');
});
