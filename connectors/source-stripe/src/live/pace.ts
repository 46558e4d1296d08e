/** A second must be over before what happened in it can be told apart by fetching the object. */
export const SECOND_IS_OVER_MS = 1000;
/** Behind a gap between two sockets events are asked for as if nothing were pushed: what happened in it may be visible late. */
export const CLOSELY_FOR_MS = 10_000;
/** A state follows what was sent within this time. */
export const STATE_EVERY_MS = 100;
/** Without anything new the place among the events is stored only so often. */
export const IDLE_STATE_EVERY_MS = 30_000;
