import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import { sheets, type sheets_v4 } from "googleapis/build/src/apis/sheets/index.js";
import type { Config } from "../config.ts";
import { type Credentials, credentialsOf, forgetToken } from "./credentials.ts";
import { failureOf, isUnknownOutcome } from "./failure.ts";
import { RequestWindow } from "./request-window.ts";

export type ChangeRequest = sheets_v4.Schema$Request;
/** Values by row for a range in A1 notation or a named one; null leaves a cell as it is, the empty text clears it. */
export type ValueRange = { range: string; values: (string | number | boolean | null)[][] };
/** What a cell holds when it is read unformatted. */
export type ReadValue = string | number | boolean;

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 64_000;
/** The ranges of a read are in its address, and a long one is refused on the way. */
const MOST_ADDRESS_CHARACTERS = 6000;
/** Google gives up on a request after three minutes. */
const REQUEST_TIMEOUT_MS = 200_000;

type CallOptions = {
  /** In words, for the sentence of a failure. */
  doing: string;
  /** Whether it may be sent again when it is not known if it was carried out; true when absent. */
  isRepeatable?: boolean;
};

/**
 * One spreadsheet behind Google's API: never more requests than the quota, and what passes by itself is tried again.
 * Every method throws a typed SluiceError.
 */
export class SheetsApi {
  readonly account: string;
  readonly #config: Config;
  readonly #credentials: Credentials;
  readonly #client: sheets_v4.Sheets;
  readonly #reads: RequestWindow;
  readonly #writes: RequestWindow;
  readonly #stopped = new AbortController();
  #spreadsheetId: string | undefined;

  private constructor(config: Config, credentials: Credentials) {
    this.#config = config;
    this.#credentials = credentials;
    this.account = credentials.account;
    this.#spreadsheetId = config.spreadsheet_id;
    this.#reads = new RequestWindow(config.requests_per_minute);
    this.#writes = new RequestWindow(config.requests_per_minute);
    this.#client = sheets({
      version: "v4",
      auth: credentials.client,
      // it would try again behind the back of the quota
      retry: false,
      timeout: REQUEST_TIMEOUT_MS,
      ...(config.base_url === undefined ? {} : { rootUrl: config.base_url }),
    });
  }

  static async open(config: Config): Promise<SheetsApi> {
    return new SheetsApi(config, await credentialsOf(config));
  }

  get spreadsheetId(): string {
    if (this.#spreadsheetId !== undefined) return this.#spreadsheetId;
    throw new SluiceError(
      "config",
      "spreadsheet_id is missing: set DESTINATION_GOOGLE_SHEETS_SPREADSHEET_ID to that of a spreadsheet, or let setup make one.",
    );
  }

  /** Makes a spreadsheet and resolves to its id, which this object has from then on. */
  async create(title: string, tabs: sheets_v4.Schema$Sheet[]): Promise<string> {
    const options = { doing: "making a spreadsheet", isRepeatable: false };
    const requestBody = { properties: { title }, sheets: tabs };
    const made = await this.#call(this.#writes, options, () =>
      this.#client.spreadsheets.create({ requestBody }, this.#request),
    );
    this.#spreadsheetId = made.spreadsheetId ?? "";
    return this.#spreadsheetId;
  }

  /** Resolves to what the file has, without its cells. */
  get(fields: string): Promise<sheets_v4.Schema$Spreadsheet> {
    const { spreadsheetId } = this;
    return this.#call(this.#reads, { doing: "reading the spreadsheet" }, () =>
      this.#client.spreadsheets.get({ spreadsheetId, fields }, this.#request),
    );
  }

  /** Resolves to the values of each range, by row or by column; empty cells at the ends are left out. */
  async values(ranges: string[], majorDimension: "ROWS" | "COLUMNS" = "ROWS"): Promise<ReadValue[][][]> {
    const answers: ReadValue[][][] = [];
    for (const part of addressable(ranges)) answers.push(...(await this.#values(part, majorDimension)));
    return answers;
  }

  async #values(ranges: string[], majorDimension: "ROWS" | "COLUMNS"): Promise<ReadValue[][][]> {
    const { spreadsheetId } = this;
    const answer = await this.#call(this.#reads, { doing: "reading cells" }, () =>
      this.#client.spreadsheets.values.batchGet(
        {
          spreadsheetId,
          ranges,
          majorDimension,
          valueRenderOption: "UNFORMATTED_VALUE",
          fields: "valueRanges.values",
        },
        this.#request,
      ),
    );
    const found = answer.valueRanges ?? [];
    if (found.length !== ranges.length)
      throw new SluiceError("protocol", "Google did not answer for each range that was asked for; please report it.");
    return found.map(({ values }) => (values ?? []) as ReadValue[][]);
  }

  /** Writes values as they are: nothing is taken for a formula, a number or a date that is not one. */
  async writeValues(data: ValueRange[]): Promise<void> {
    const { spreadsheetId } = this;
    await this.#call(this.#writes, { doing: "writing cells" }, () =>
      this.#client.spreadsheets.values.batchUpdate(
        { spreadsheetId, fields: "spreadsheetId", requestBody: { valueInputOption: "RAW", data } },
        this.#request,
      ),
    );
  }

  /** Carries out all of the requests or none. */
  async change(requests: ChangeRequest[], options: CallOptions): Promise<void> {
    if (requests.length === 0) return;
    const { spreadsheetId } = this;
    await this.#call(this.#writes, options, () =>
      this.#client.spreadsheets.batchUpdate(
        { spreadsheetId, fields: "spreadsheetId", requestBody: { requests } },
        this.#request,
      ),
    );
  }

  /**
   * Carries out requests of which a repetition would do more, all or none. Where nobody knows whether they were carried out,
   * those that `remaining` then resolves to are sent instead, none if they were.
   */
  async changeOnce(requests: ChangeRequest[], doing: string, remaining: () => Promise<ChangeRequest[]>): Promise<void> {
    const started = performance.now();
    let left = requests;
    for (let attempt = 0; left.length > 0; attempt += 1) {
      try {
        await this.change(left, { doing, isRepeatable: false });
        return;
      } catch (error) {
        if (!isUnknownOutcome(error)) throw error;
        await this.#pause(error, { started, waitMs: backoffMs(attempt) });
        left = await remaining();
      }
    }
  }

  /** Ends whatever waits or is under way, with an error; nothing is sent any more. */
  stop(): void {
    this.#stopped.abort(new SluiceError("transient", "The work on the spreadsheet was given up."));
  }

  get #request() {
    return { signal: this.#stopped.signal };
  }

  async #call<T>(window: RequestWindow, options: CallOptions, send: () => Promise<{ data: T }>): Promise<T> {
    const started = performance.now();
    let isRenewed = false;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return (await window.run(send, this.#stopped.signal)).data;
      } catch (error) {
        this.#stopped.signal.throwIfAborted();
        const { account } = this;
        const failure = failureOf(error, options.doing, { spreadsheetId: this.#spreadsheetId, account });
        if (failure.status === 401 && !isRenewed) {
          isRenewed = true;
          forgetToken(this.#credentials);
          continue;
        }
        if (!failure.isPassing || (failure.isUnknown && options.isRepeatable === false)) throw failure.error;
        const waitMs = Math.max(failure.retryAfterMs, backoffMs(attempt));
        await this.#pause(failure.error, { started, waitMs });
      }
    }
  }

  /** Waits before something is tried again; throws the error of the last time when that would take longer than allowed. */
  async #pause(error: Error, { started, waitMs }: { started: number; waitMs: number }): Promise<void> {
    if (performance.now() - started + waitMs > this.#config.max_retry_ms) throw error;
    log("debug", `${error.message} Trying again in ${Math.round(waitMs)} ms.`);
    await sleep(waitMs, undefined, { signal: this.#stopped.signal });
  }
}

/** Yields ranges in parts of which each fits an address. */
function addressable(ranges: readonly string[]): string[][] {
  const parts: string[][] = [];
  let length = MOST_ADDRESS_CHARACTERS;
  for (const range of ranges) {
    length += encodeURIComponent(range).length + "&ranges=".length;
    if (length > MOST_ADDRESS_CHARACTERS) {
      parts.push([]);
      length = encodeURIComponent(range).length;
    }
    parts.at(-1)?.push(range);
  }
  return parts;
}

/** Grows twofold, and is spread so that several processes do not come back together. */
function backoffMs(attempt: number): number {
  const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return most * (0.5 + Math.random() / 2);
}
