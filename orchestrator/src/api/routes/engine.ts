import type { Readable } from "node:stream";
import { SluiceError } from "@sluice/protocol";
import { Engine } from "../../engine/engine-process.ts";
import { EngineTasks, type EngineTask, type EngineVerb } from "../../engine/engine-task.ts";
import { readFirstLine } from "../../engine/first-line.ts";
import type { Api } from "../context.ts";
import { Text } from "../schemas.ts";

const tags = ["engine"];
const NDJSON = "application/x-ndjson";
const MAX_TASK_BYTES = 16 * 1024 * 1024;
const config = { access: "admin", isUnkeyed: true } as const;
const response = {
  200: {
    description: "Messages of the protocol, one a line. The last one is a summary; an answer without it was cut.",
    content: { [NDJSON]: { schema: Text } },
  },
};
const SUMMARIES: Record<Exclude<EngineVerb, "write">, string> = {
  check: "Try a configuration",
  discover: "Ask a source for its streams",
  setup: "Make what streams need in a destination, or tell what that would be",
  teardown: "Remove what was made for streams in a destination, rows and all",
  read: "Read a source",
  sync: "Move records from a source to a destination",
};

/** Adds the engine: connectors and runs whose configuration and states come with the request, and of which nothing is kept. */
export function addEngine(api: Api): void {
  const engine = new Engine();
  api.addHook("preClose", () => engine[Symbol.asyncDispose]());
  for (const [verb, summary] of Object.entries(SUMMARIES) as [keyof typeof SUMMARIES, string][])
    api.post(
      `/v1/engine/${verb}`,
      { config, bodyLimit: MAX_TASK_BYTES, schema: { tags, summary, body: EngineTasks[verb], response } },
      async (request, reply) => {
        const task = { verb, request: request.body } as EngineTask;
        return reply
          .type(NDJSON)
          .header("Connection", "close")
          .send(await engine.start(task));
      },
    );
  api.addContentTypeParser(NDJSON, (_, payload, done) => done(null, payload));
  api.post(
    "/v1/engine/write",
    {
      config: { ...config, isStreamed: true },
      schema: {
        tags,
        summary: "Write messages to a destination",
        description: `Of the body (${NDJSON}) the first line is what to do, as {"connector", "config", "streams", "time_limit_ms"}; the messages follow.`,
        consumes: [NDJSON],
        response,
      },
    },
    async (request, reply) => {
      const input = request.body as Readable | undefined;
      if (input === undefined || typeof input.read !== "function")
        throw new SluiceError("config", `Send the messages as ${NDJSON}.`);
      const write = EngineTasks.write.safeParse(await firstLine(input));
      if (!write.success) {
        const [issue] = write.error.issues;
        throw new SluiceError("config", `The first line: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}.`);
      }
      const messages = await engine.start({ verb: "write", request: write.data }, input);
      return reply.type(NDJSON).header("Connection", "close").send(messages);
    },
  );
}

/** Resolves to the JSON on the first line of a body. */
async function firstLine(input: Readable): Promise<unknown> {
  const line = await readFirstLine(input, MAX_TASK_BYTES);
  try {
    return JSON.parse(line ?? "");
  } catch {
    // what stands there may be a secret
    throw new SluiceError("config", "The first line of the body must be JSON: what to do.");
  }
}
