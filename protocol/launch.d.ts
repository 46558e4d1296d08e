/** Loads the program behind an executable, or says in one sentence what is missing (Node's version, the build) and sets exit code 1. */
export function launch(name: string, load: () => Promise<unknown>): void;
