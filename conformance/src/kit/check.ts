import type { Random } from "../exact/random.ts";
import type { Subject } from "./subject.ts";

/** 1 must hold, 2 must hold where the connector claims it, 3 is only reported. */
export type Level = 1 | 2 | 3;
export type Kind = "source" | "destination";

/** What a check works with. */
export type Trial = {
  subject: Subject;
  /** Whatever a check chooses follows from the seed. */
  random: Random;
  seed: number;
  /** Tells what is wrong, in a sentence; the check goes on. */
  problem(sentence: string): void;
  /** Tells what a person may want to know of a check that passed. */
  note(sentence: string): void;
};

/** One check of the kit. Its defect is what a connector is made to do wrong to show that the check can fail. */
export type Check = {
  id: string;
  level: Level;
  /** The connectors that it is for. */
  kinds: readonly Kind[];
  /** What holds, in a sentence. */
  title: string;
  /** What to do when it does not. */
  fix: string;
  /** What the defective connector does, in a sentence without its subject. */
  defect: string;
  /** Tells problems; throws a Problem to end at one, and NotApplicable where the connector claims nothing of the sort. */
  run(trial: Trial): Promise<void>;
};
