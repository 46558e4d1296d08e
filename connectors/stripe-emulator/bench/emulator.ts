import { once } from "node:events";
import { join } from "node:path";
import { alternate, type Bench } from "@sluice/evidence";
import { execa } from "execa";
import { pagesPerSecond } from "./fixtures/page-load.ts";

const STREAM = "payment_intents";
const OBJECTS = 30_000;
const REQUESTS = 4000;
const CONNECTIONS = 8;
const API_KEY = "sk_test_bench";
const GOAL_PAGES_PER_SECOND = 2000;

/** Measures how fast pages come that were asked for before. */
export const bench: Bench = {
  measures:
    "The emulator sends pages of 100 objects of some 2 kB, indented, that it has sent before, to a client of 8 connections that does not parse; the floor is a plain Node server that sends as many bytes from memory.",
  async *run({ rounds, note }) {
    const bin = join(import.meta.dirname, "..", "src", "bin.ts");
    const options = ["--port", "0", "--api-key", API_KEY, "--objects", `${STREAM}=${OBJECTS}`];
    await using emulator = started("node", ["--conditions=@sluice/source", bin, ...options]);
    const port = Number(/:(\d+)\n/.exec(await emulator.firstLine)?.[1]);
    const startedAt = performance.now();
    const { paths, bytes } = await walk(port);
    const firstTime = paths.length / ((performance.now() - startedAt) / 1000);
    note(`${paths.length} pages of ${Math.round(bytes / paths.length / 1000)} kB`);
    const plain = join(import.meta.dirname, "..", "src", "fixtures", "plain-server.ts");
    await using server = started("node", [plain, String(Math.round(bytes / paths.length))]);
    const plainPort = Number(await server.firstLine);
    const load = { paths, apiKey: API_KEY, requests: REQUESTS, connections: CONNECTIONS };
    const medians = await alternate(rounds, {
      emulator: async () => ({ rate: await pagesPerSecond({ ...load, port }) }),
      plain: async () => ({ rate: await pagesPerSecond({ ...load, port: plainPort }) }),
    });
    const [value, floor] = [medians.emulator.rate, medians.plain.rate];
    yield { figure: "pages a second", value, unit: "pages/s", goal: { atLeast: GOAL_PAGES_PER_SECOND } };
    yield { figure: "pages a second against a plain server", value, unit: "pages/s", floor };
    yield { figure: "pages a second the first time, one after the other", value: firstTime, unit: "pages/s" };
  },
};

/** Starts a program that is ended with its scope; `firstLine` is what it prints first. */
function started(file: string, args: readonly string[]) {
  const child = execa(file, args, { reject: false, buffer: false });
  const firstLine = once(child.stdout, "data").then(([chunk]) => String(chunk));
  const end = async () => {
    child.kill("SIGTERM");
    await child;
  };
  return { firstLine, [Symbol.asyncDispose]: end };
}

/** Resolves to the path of each page of a list and the bytes of all. */
async function walk(port: number): Promise<{ paths: string[]; bytes: number }> {
  const paths: string[] = [];
  let bytes = 0;
  for (let next: string | undefined = `/v1/${STREAM}?limit=100`; next !== undefined;) {
    paths.push(next);
    const response: Response = await fetch(`http://127.0.0.1:${port}${next}`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    const text = await response.text();
    bytes += Buffer.byteLength(text);
    const { data, has_more }: { data: { id: string }[]; has_more: boolean } = JSON.parse(text);
    next = has_more ? `/v1/${STREAM}?limit=100&starting_after=${data.at(-1)?.id}` : undefined;
  }
  return { paths, bytes };
}
