import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import split2 from "split2";
import { ChildInput } from "../src/relay/child-input.ts";
import { Ledger } from "../src/relay/ledger.ts";
import { SourceRelay } from "../src/relay/source-relay.ts";

// Passes a file from `cat` to `cat` in one of several ways, and prints what that took as a line of JSON.
const [way = "", file = ""] = process.argv.slice(2);
const MAX_LINE_BYTES = 512 * 1024 * 1024;

const source = spawn("cat", [file], { stdio: ["ignore", "pipe", "inherit"] });
const sink = spawn("sh", ["-c", "cat > /dev/null"], { stdio: ["pipe", "ignore", "inherit"] });
const cpu = process.cpuUsage();
const startedAtMs = performance.now();
if (way === "relay") await relay();
else if (way === "parse")
  await pipeline(
    source.stdout,
    split2((line: string) => `${JSON.stringify(JSON.parse(line))}\n`),
    sink.stdin,
  );
else await pipeline(source.stdout, sink.stdin);
const wallS = (performance.now() - startedAtMs) / 1000;
const { user, system } = process.cpuUsage(cpu);
await once(sink, "close");
console.log(JSON.stringify({ wallS, cpuS: (user + system) / 1e6, bytes: statSync(file).size }));

async function relay(): Promise<void> {
  const stream = { name: "s", json_schema: {} };
  const ledger = new Ledger([{ stream, sync_mode: "full_refresh", destination_mode: "append" }]);
  const input = new ChildInput(sink.stdin);
  const events = {
    onLine() {},
    onLog() {},
    onError() {},
    onControl: async () => {},
    onStatus() {},
    onCatalog() {},
  };
  await new SourceRelay({ ledger, input, events, strict: true, maxLineBytes: MAX_LINE_BYTES }).run(source.stdout);
  input.end();
}
