/** A run that is to end has so long to do so in order; then its process is killed, by its worker or by itself. */
export const KILL_AFTER_MS = 60_000;
