import { connect } from "node:net";
import { createInterface } from "node:readline";
import { parentPort, workerData, type MessagePort } from "node:worker_threads";

// The connection of a RemoteDatabase, in a thread of its own: the other one waits for each answer without moving.
type Data = { host: string; port: number; signal: Int32Array; answers: MessagePort };
const { host, port, signal, answers } = workerData as Data;

const socket = connect({ host, port, noDelay: true });
let isLost = false;

const answer = (message: unknown) => {
  answers.postMessage(message);
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
};
// told by "close"
socket.on("error", () => {});
socket.on("close", () => {
  isLost = true;
  answer("lost");
});
createInterface({ input: socket }).on("line", (line) => answer(JSON.parse(line)));
parentPort?.on("message", (request: string) => {
  if (isLost) answer("lost");
  else socket.write(`${request}\n`);
});
