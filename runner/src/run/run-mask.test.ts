import type { Message } from "@sluice/protocol";
import { SecretMask } from "@sluice/protocol/stdio";
import { expect, test } from "vitest";
import { inProcessSide } from "../side/in-process-side.ts";
import { memoryDestination } from "../side/memory-sides.ts";
import type { Side } from "../side/side.ts";
import { nowhereStore } from "../state/state-store.ts";
import { createRun, type RunEvent } from "./run.ts";

const SECRET = "open-sesame";
const stream = { name: "pets", json_schema: { type: "object" }, primary_key: ["id"] };

/** Resolves to what a run tells whose source has a secret and says these messages. */
async function told(messages: readonly Message[], secret = SECRET) {
  const mask = new SecretMask();
  mask.remember(secret);
  const side = inProcessSide({
    name: "source-talkative",
    kind: "source",
    async main({ stdout }) {
      for (const message of messages) stdout.write(`${JSON.stringify(message)}\n`);
      return 0;
    },
  });
  const source: Side = { ...side, mask: (text) => mask.mask(text) };
  const run = createRun({
    pipelineId: "pets",
    source,
    destination: memoryDestination().side,
    states: { store: nowhereStore(), isDestination: false },
    plan: async () => ({
      streams: [{ stream, sync_mode: "full_refresh", destination_mode: "append" }],
      startOver: new Set(),
    }),
    retries: 0,
  });
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return { events, summary: await run.done };
}

test("a secret is in no event and not in the summary, whichever member of which message holds it", async () => {
  const { events, summary } = await told([
    { type: "catalog", catalog: { streams: [stream] } },
    { type: "log", log: { level: "warn", message: `m ${SECRET}`, fields: { a: [{ b: SECRET }] }, more: SECRET } },
    { type: "stream_status", stream_status: { stream: "pets", status: "running", more: { deep: SECRET } } },
    { type: "stream_status", stream_status: { stream: "pets", status: "failed", reason: `r ${SECRET}` } },
    { type: "error", error: { failure_type: "auth", message: `e ${SECRET}`, detail: `d ${SECRET}` } },
  ]);
  expect(JSON.stringify({ events, summary })).not.toContain(SECRET);
  expect(events).toContainEqual(
    expect.objectContaining({ log: { level: "warn", message: "m ***", fields: { a: [{ b: "***" }] }, more: "***" } }),
  );
  expect(summary).toMatchObject({ exit_code: 11, failure: { message: "e ***", detail: "d ***" } });
});

test("a secret that is a word of the protocol leaves what programs compare as it is", async () => {
  for (const secret of ["complete", "failed", "progress", "source", "succeeded"]) {
    const { events, summary } = await told(
      [
        { type: "catalog", catalog: { streams: [stream] } },
        { type: "stream_status", stream_status: { stream: "pets", status: "complete" } },
      ],
      secret,
    );
    expect(summary).toMatchObject({ exit_code: 0, status: "succeeded", pipeline_id: "pets" });
    expect(events.map(({ type }) => type)).toContain("progress");
  }
});
