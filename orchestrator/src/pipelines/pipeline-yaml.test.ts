import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadPipelines } from "@sluice/runner";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Connection } from "../store/connections.ts";
import { pipelineYaml } from "./pipeline-yaml.ts";

const dates = { version: 1, created_at: new Date(0), updated_at: new Date(0) };
const connection = (kind: Connection["kind"], config: Record<string, unknown>): Connection => ({
  id: "c",
  name: "c",
  connector: `${kind}-x`,
  kind,
  config,
  secrets_set: ["login.api_key"],
  concurrent_runs: null,
  ...dates,
});

test("whatever a configuration holds, the runner reads it again from the YAML, with secrets from the environment", () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-yaml-"));
  const file = join(folder, "sluice.yaml");
  const value = fc.oneof(fc.jsonValue(), fc.string({ unit: "binary" }), fc.constantFrom("${HOME}", "$${x}", "$${${"));
  // names that an object does not take as its own
  const config = fc.dictionary(
    fc.string().filter((name) => !["__proto__", "login"].includes(name)),
    value,
  );
  try {
    fc.assert(
      fc.property(config, fc.string(), (drawn, name) => {
        const open = JSON.parse(JSON.stringify(drawn)) as Record<string, unknown>;
        const sides = { source: connection("source", open), destination: connection("destination", {}) };
        const settings = { retries: 2, streams: ["a*"] };
        const pipeline = {
          id: "pipe_x-1",
          name,
          source_id: "c",
          destination_id: "c",
          settings,
          paused: false,
          ...dates,
        };
        writeFileSync(file, pipelineYaml(pipeline, sides));
        const env = { SOURCE_X_LOGIN_API_KEY: "k", DESTINATION_X_LOGIN_API_KEY: "l" };
        const [loaded] = loadPipelines(file, { env });
        expect(loaded).toMatchObject({ id: "pipe_x-1", retries: 2, streams: ["a*"] });
        expect(loaded?.source.config).toEqual({ ...open, login: { api_key: "k" } });
        expect(loaded?.destination.config).toEqual({ login: { api_key: "l" } });
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
