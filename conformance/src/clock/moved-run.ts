import { existsSync } from "node:fs";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Place, RunOptions } from "../kit/place.ts";
import { Problem } from "../kit/problem.ts";
import type { Subject } from "../kit/subject.ts";

const MODULE = pathToFileURL(join(import.meta.dirname, `moved-clock${extname(import.meta.filename)}`)).href;

/** How a connector is started whose clock is so many seconds ahead, and what tells afterwards that it was. */
export type MovedClock = { options: Pick<RunOptions, "env" | "before">; assertMoved(): void };

/**
 * Yields how to start a connector in a place with another clock: by a module that Node loads first, or as the plan says.
 * `assertMoved` throws a Problem where nothing has moved it.
 */
export function movedClock({ plan, planFolder, environment }: Subject, place: Place, seconds: number): MovedClock {
  const offset = { CLOCK_OFFSET: String(seconds) };
  if (plan.clock !== undefined) {
    const before = ["/bin/sh", "-c", plan.clock, "sh"];
    return { options: { env: { ...offset, PLAN: planFolder }, before }, assertMoved: () => {} };
  }
  const seen = join(place.folder, `clock-${seconds}`);
  const given = environment["NODE_OPTIONS"] ?? "";
  const env = { ...offset, CLOCK_SEEN: seen, NODE_OPTIONS: `${given} --import=${MODULE}`.trim() };
  return {
    options: { env },
    assertMoved() {
      if (existsSync(seen)) return;
      throw new Problem(
        'Its clock was not moved, because Node does not run it; say in the plan\'s "clock" how to start it with another one.',
      );
    },
  };
}
