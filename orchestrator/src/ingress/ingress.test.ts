import fc from "fast-check";
import { expect, test } from "vitest";
import { newApi } from "../fixtures/api.ts";
import { ACTOR, newPipeline } from "../fixtures/store.ts";

async function newIngress() {
  const api = await newApi();
  const { pipeline: silent, destination } = await newPipeline(api.store);
  const source = await api.store.connections.create(
    { name: "stripe", connector: "source-stripe", kind: "source", config: {}, secrets: {} },
    ACTOR,
  );
  const fields = { name: "live", source_id: source.id, destination_id: destination.id, settings: {} };
  const { id } = await api.store.pipelines.create(fields, ACTOR);
  const push = (body: string | Buffer, pipelineId = id, signature = "t=1,v1=x") =>
    api.api.inject({
      method: "POST",
      url: `/v1/ingress/${pipelineId}`,
      headers: { "content-type": "application/json", "stripe-signature": signature, authorization: "Bearer y" },
      payload: body,
    });
  const waiting = (after = 0, maxBytes = Infinity) =>
    api.store.inbox.waiting(id, { after, maxBytes: Math.min(maxBytes, Number.MAX_SAFE_INTEGER) });
  return { ...api, id, silent, push, waiting };
}

test("of a burst with twins each event that was accepted waits once, in the order of its number", async () => {
  const { id, push, waiting, store, call } = await newIngress();
  const ids = Array.from({ length: 150 }, (_, index) => `evt_${index}`);
  const sent = fc.sample(fc.shuffledSubarray([...ids, ...ids], { minLength: 300 }), 1)[0] ?? [];
  const answers = await Promise.all(sent.map((event) => push(`{ "id": "${event}",  "n": 1.50 }`)));
  expect(answers.filter(({ statusCode }) => statusCode !== 202)).toEqual([]);
  const all = await waiting();
  expect(all.map(({ body }) => (JSON.parse(body) as { id: string }).id).toSorted()).toEqual(ids.toSorted());
  const seqs = all.map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.toSorted((one, other) => one - other));
  // as it came, for the signature, and without what was for this server
  expect(all[0]?.body).toMatch(/^\{ "id": "evt_\d+", {2}"n": 1\.50 \}$/);
  expect(all[0]?.headers).toMatchObject({ "stripe-signature": "t=1,v1=x" });
  expect(all[0]?.headers).not.toHaveProperty("authorization");
  expect((await call(`GET /v1/pipelines/${id}/inbox`)).body).toMatchObject({ pending: 150 });
  const middle = seqs[99] ?? 0;
  await store.inbox.clear(id, middle);
  expect((await waiting()).map(({ seq }) => seq)).toEqual(seqs.slice(100));
  expect(await waiting(middle, 35)).toHaveLength(2);
  // what is committed may come again; it is the source that knows it
  expect((await push('{ "id": "evt_new" }')).statusCode).toBe(202);
  expect((await waiting()).at(-1)?.seq).toBeGreaterThan(seqs.at(-1) ?? 0);
});

test("an event that somebody else forged does not keep out the one of the same id that its sender signed", async () => {
  const { id, push, waiting } = await newIngress();
  await push('{"id":"evt_1","forged":true}', id, "t=1,v1=forged");
  await push('{"id":"evt_1"}', id, "t=1,v1=forged");
  await push('{"id":"evt_1"}', id, "t=1,v1=signed");
  expect((await waiting()).at(-1)).toMatchObject({
    body: '{"id":"evt_1"}',
    headers: { "stripe-signature": "t=1,v1=signed" },
  });
});

test("what cannot be kept or is for nobody is not accepted", async () => {
  const { id, silent, push, waiting, store } = await newIngress();
  const statuses = async (...pushed: ReturnType<typeof push>[]) =>
    (await Promise.all(pushed)).map(({ statusCode }) => statusCode);
  expect(await statuses(push("{}", "none"), push("{}", silent.id))).toEqual([404, 409]);
  expect(await statuses(push(""), push(Buffer.from([0xff])), push("a\0b"))).toEqual([422, 422, 422]);
  expect(await statuses(push("x".repeat(2 * 1024 * 1024)))).toEqual([413]);
  expect(await statuses(push("no json"), push("no json"), push('{"id":7}'))).toEqual([202, 202, 202]);
  expect(await waiting()).toHaveLength(2);
  await store.database.pool.query("UPDATE inboxes SET pending = 100000 WHERE pipeline_id = $1", [id]);
  expect(await statuses(push("one more"))).toEqual([503]);
  expect(await waiting()).toHaveLength(2);
});
