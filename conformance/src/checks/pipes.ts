import type { Check, Trial } from "../kit/check.ts";
import {
  destinationBroken,
  destinationMemory,
  destinationOutput,
  destinationSignals,
  destinationStalls,
} from "./destination-pipes.ts";
import { sourceBroken, sourceMemory, sourceOutput, sourceSignals, sourceStalls } from "./source-pipes.ts";

const BOTH = ["source", "destination"] as const;

export const pipeChecks: readonly Check[] = [
  {
    id: "F4",
    level: 1,
    kinds: BOTH,
    title: "SIGTERM and SIGINT end it in order, with a second one at once, and nothing is claimed that is not so",
    fix: "On a signal stop asking or commit what is whole, print the last state or echo, and exit 143 or 130.",
    defect: "claims at SIGTERM what it has not done",
    run: (trial) => byKind(trial, { source: sourceSignals, destination: destinationSignals }),
  },
  {
    id: "F5",
    level: 1,
    kinds: BOTH,
    title: "a peer that stalls, in its reading or its writing, only makes it wait",
    fix: "Wait for drain or for the peer to be gone, whichever comes; read and write independently of each other.",
    defect: "stops for ever once a pipe was full",
    run: (trial) => byKind(trial, { source: sourceStalls, destination: destinationStalls }),
  },
  {
    id: "F6",
    level: 1,
    kinds: BOTH,
    title:
      "a peer that reads a row a second costs no memory, whatever there is to send: it waits instead of collecting",
    fix: "Await each write, and stop reading or asking while the other side does not take more.",
    defect: "collects without a bound what the other side does not take",
    run: (trial) => byKind(trial, { source: sourceMemory, destination: destinationMemory }),
  },
  {
    id: "F7",
    level: 1,
    kinds: BOTH,
    title: "a pipe that breaks, and an input that ends too early, are no success",
    fix: "Exit 12 when the reader is gone, 13 for a cut line and 14 for streams without an end; never 0.",
    defect: "takes a broken pipe for the end of its work",
    run: (trial) => byKind(trial, { source: sourceBroken, destination: destinationBroken }),
  },
  {
    id: "F9",
    level: 1,
    kinds: BOTH,
    title: "stdout has messages only, also when it logs everything, and stderr is no flood",
    fix: "Print logs to stderr, or as log messages; send the prints of libraries there, too.",
    defect: "logs to stdout as plain text",
    run: (trial) => byKind(trial, { source: sourceOutput, destination: destinationOutput }),
  },
];

type Halves = Record<"source" | "destination", (trial: Trial) => Promise<void>>;

async function byKind(trial: Trial, halves: Halves): Promise<void> {
  const { connector } = await trial.subject.spec();
  await halves[connector.kind](trial);
}
