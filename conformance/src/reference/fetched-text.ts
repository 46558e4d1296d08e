import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError } from "@sluice/protocol";

const TIMEOUT_MS = 1000;
const PAUSE_MS = 50;

/**
 * Resolves to what a URL gives, which is asked again, as late as it wants, where it fails or stops in the middle. Throws
 * `transient` when it does so each time.
 */
export async function fetchedText(url: string, attempts: number): Promise<string> {
  let cause: unknown;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (response.ok) return await response.text();
      await sleep(Number(response.headers.get("retry-after") ?? 0) * 1000);
      cause = new Error(`HTTP ${response.status}`);
    } catch (error) {
      cause = error;
    }
    await sleep(PAUSE_MS * attempt);
  }
  throw new SluiceError("transient", `${url} does not answer as it should; try again later.`, { cause });
}
