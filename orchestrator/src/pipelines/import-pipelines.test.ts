import { expect, test } from "vitest";
import { newApi, type TestApi } from "../fixtures/api.ts";

const CANARY = "canary-import-6d1c";

const yamlOfToken = (token: string, name = "orders") => `pipelines:
  ${name}:
    source: {connector: source-faulty, config: {records: 3, token: "${token}"}}
    destination: {connector: destination-faulty}
    streams: [stream_1]
`;
const post = ({ call }: TestApi, body: object) => call("POST /v1/pipelines/import", { body });

async function everything({ store }: TestApi) {
  const page = { after: undefined, limit: 9 };
  const names = ({ items }: { items: { name: string }[] }) => items.map(({ name }) => name);
  return [...names(await store.pipelines.list(page)), ...names(await store.connections.list(page))];
}

test("a pipeline that was exported is imported again, with its secrets as variables that nobody is shown", async () => {
  const api = await newApi();
  const variables = { TOKEN: CANARY };
  const first = await post(api, { yaml: yamlOfToken("${TOKEN}"), variables });
  expect(first).toMatchObject({
    status: 201,
    body: { items: [{ name: "orders", settings: { streams: ["stream_1"] } }] },
  });
  const [{ id }] = first.body["items"] as [{ id: string }];
  const { text } = await api.call(`GET /v1/pipelines/${id}/yaml`);
  const second = await post(api, { yaml: text, variables: { SOURCE_FAULTY_TOKEN: CANARY } });
  expect(second).toMatchObject({ status: 201, body: { items: [{ name: id, settings: { streams: ["stream_1"] } }] } });
  const [{ source_id }] = second.body["items"] as [{ source_id: string }];
  expect(await api.store.connections.withSecrets(source_id)).toMatchObject({
    config: { records: 3 },
    secrets: { token: CANARY },
  });
  expect(first.text + text + second.text + (await api.call("GET /v1/audit")).text).not.toContain(CANARY);
  const both = yamlOfToken("x", "a") + yamlOfToken("x", "b").replace("pipelines:\n", "");
  expect(await post(api, { yaml: both, ids: ["b"] })).toMatchObject({ status: 201, body: { items: [{ name: "b" }] } });
});

test("a text that cannot be imported whole is refused with its field, makes nothing, and is not told what is on the server", async () => {
  const api = await newApi();
  process.env["SLUICE_TEST_ON_SERVER"] = CANARY;
  const sides = "{source: {connector: source-faulty}, destination: {connector: destination-faulty}}";
  for (const [yaml, told] of [
    [
      yamlOfToken("${SLUICE_TEST_ON_SERVER}"),
      "pipelines.orders.source.config.token: the variable SLUICE_TEST_ON_SERVER",
    ],
    [yamlOfToken("${file:/etc/passwd}"), "files are not read here"],
    [yamlOfToken("t").replace("destination-faulty", "source-example"), "pipelines.orders.destination.connector"],
    [yamlOfToken("t").replace("connector: source-faulty", "command: [sh]"), "pipelines.orders.source: the server runs"],
    [yamlOfToken("t").replace("streams:", "stream:"), "yaml:3: pipelines.orders: "],
    [`${yamlOfToken("t")}    state: file\n`, "pipelines.orders.state"],
    ["pipelines: [", "this is not YAML"],
    [`${yamlOfToken("t")}  other: ${sides.replace("source-faulty", "source-none")}\n`, 'no connector "source-none"'],
  ] as const) {
    const answer = await post(api, { yaml });
    expect(answer).toMatchObject({ status: 422, body: { code: "config", detail: expect.stringContaining(told) } });
    expect(answer.text).not.toContain(CANARY);
  }
  expect(await everything(api)).toEqual([]);
  expect((await post(api, { yaml: yamlOfToken("t") })).status).toBe(201);
  const before = await everything(api);
  // the second one of the text is there already
  const again = `${yamlOfToken("t", "first")}  orders: ${sides}\n`;
  expect(await post(api, { yaml: again })).toMatchObject({ status: 409, body: { code: "exists" } });
  expect(await everything(api)).toEqual(before);
});
