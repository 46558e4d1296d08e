import { SluiceError } from "@sluice/protocol";
import type { StateLine } from "@sluice/protocol/stdio";
import { stateLineOf } from "@sluice/runner";

/** Yields the state on a line that somebody gave as one of several; throws `config` for what is none. */
export function givenState(line: string, index: number): StateLine {
  try {
    return stateLineOf(line);
  } catch (cause) {
    throw new SluiceError("config", `states.${index} is no state message; give each as the line that it came on.`, {
      cause,
    });
  }
}
