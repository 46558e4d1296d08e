/** Runs a command; what it throws is a wrong command line, told in one sentence with exit code 2. */
export async function runCommand(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 2;
  }
}

/** Yields the number that an option gives. */
export function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`${option} is "${text}"; it must be a positive whole number.`);
  return Number(text);
}
