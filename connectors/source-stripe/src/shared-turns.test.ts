import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { Budgets } from "./budgets.ts";
import { SharedTurns } from "./shared-turns.ts";

const never = new AbortController().signal;

/** A place to ask for turns that answers each line with what `answer` yields; with nothing for undefined. */
async function newPlace(answer: (line: string) => string | undefined) {
  const folder = await mkdtemp(join(tmpdir(), "sluice-turns-"));
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    createInterface({ input: socket }).on("line", (line) => {
      const text = answer(line);
      if (text !== undefined) socket.write(`${text}\n`);
    });
  });
  const path = join(folder, "turns");
  const turns = new SharedTurns(path);
  server.listen(path);
  await once(server, "listening");
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await rm(folder, { recursive: true, force: true });
  };
  onTestFinished(async () => {
    turns.close();
    await close();
  });
  return { turns, close };
}

test("a turn is asked for by name and rate, and each asker gets the answer that is its own", async () => {
  const asked: unknown[] = [];
  const { turns } = await newPlace((line) => {
    asked.push(JSON.parse(line));
    return JSON.stringify({ wait_ms: asked.length });
  });
  const waits = await Promise.all([1, 2, 3].map(() => turns.take({ budget: "acct_1 live", perSecond: 80 })));
  expect(waits).toEqual([1, 2, 3]);
  expect(asked).toEqual([1, 2, 3].map(() => ({ budget: "acct_1 live", per_second: 80 })));
});

test("an answer that is none, one that does not come, and a place that is gone are no turn, and no failure", async () => {
  const broken = await newPlace((line) => (line.includes("html") ? "<html>" : "{}"));
  expect(await broken.turns.take({ budget: "html", perSecond: 1 })).toBeUndefined();
  expect(await broken.turns.take({ budget: "empty", perSecond: 1 })).toBeUndefined();
  const silent = await newPlace(() => undefined);
  expect(await silent.turns.take({ budget: "a", perSecond: 1 })).toBeUndefined();
  const waiting = silent.turns.take({ budget: "a", perSecond: 1 });
  await silent.close();
  expect(await waiting).toBeUndefined();
  expect(await silent.turns.take({ budget: "a", perSecond: 1 })).toBeUndefined();
});

test("whoever cannot learn whose turn it is goes on with a quarter of the rate", async () => {
  const { turns } = await newPlace(() => "{}");
  const budgets = new Budgets({ api_key: "sk_test_1", max_requests_per_second: 100 }, turns);
  budgets.shareAs("acct_1 test");
  const startedAtMs = performance.now();
  for (let request = 0; request < 6; request += 1) await budgets.take(`/v1/${request}`, never);
  // each takes four turns of 10 ms; a timer may fire a millisecond early
  expect(performance.now() - startedAtMs).toBeGreaterThan(6 * 4 * 10 - 40);
});
