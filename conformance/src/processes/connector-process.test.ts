import { expect, test } from "vitest";
import { ConnectorProcess } from "./connector-process.ts";

test("a connector that never ends its line is stopped and told of", async () => {
  const command = ["/bin/sh", "-c", "head -c 300000000 /dev/zero"];
  await using endless = await ConnectorProcess.start(command, { env: {}, purpose: "read", deadlineMs: 50_000 });
  await expect(endless.ended()).rejects.toThrow("read: it printed a line of more than 256 MiB.");
});
