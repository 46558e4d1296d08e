import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checks } from "../checks/index.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { runKit } from "./kit.ts";
import { Plan } from "./plan.ts";

/** Writes a connector that prints this spec, and does nothing whatever else it is asked for; resolves to its path. */
async function idleConnector(folder: string, capabilities: object): Promise<string> {
  const connector = { name: "destination-idle", version: "1", kind: "destination" };
  const spec = { protocol_version: 1, connector, config: { type: "object" }, capabilities };
  const path = join(folder, "destination-idle");
  await writeFile(path, `#!/bin/sh\n[ "$1" = spec ] && echo '${JSON.stringify({ type: "spec", spec })}'\nexit 0\n`);
  await chmod(path, 0o755);
  return path;
}

test.each([["overwrite"], ["history"]])(
  "no check of rows is passed by a destination that claims %s and does nothing",
  async (mode) => {
    const folder = await temporaryFolder();
    const database = { host: "host", port: "port" };
    const plan = Plan.parse({ rows: "true", database, config: { host: "127.0.0.1", port: 9 }, deadline_ms: 5000 });
    const command = [await idleConnector(folder, { modes: [mode] })];
    const looking = checks.filter(({ id }) => ["W1", "W4", "A2", "F1", "F8", "Z1"].includes(id));
    const { results } = await runKit({ plan, folder, command, checks: looking, seed: 1 });
    const wrong = results.filter(({ verdict }) => verdict !== "failed" && verdict !== "not_applicable");
    expect(wrong.map(({ id, verdict, problems }) => ({ id, verdict, problems }))).toEqual([]);
  },
);
