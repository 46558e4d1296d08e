import type { AddressInfo } from "node:net";
import { Clock } from "./clock.ts";
import { applyRequests } from "./document/requests.ts";
import { spreadsheetView } from "./document/view.ts";
import { Drive, type NewSpreadsheet } from "./drive.ts";
import { buildApp } from "./http/app.ts";
import { type Fault, Faults } from "./http/faults.ts";
import { Quota } from "./http/quota.ts";
import { type LoggedRequest, RequestLog } from "./http/request-log.ts";
import { findRoute } from "./http/sheets-api.ts";
import { type RefreshToken, type ServiceAccountKey, Tokens } from "./http/tokens.ts";
import { googleLimits, type Limits } from "./settings.ts";

/** What an emulator is started with; everything has a default. */
export type EmulatorOptions = {
  /** 0, the default, takes a free port. */
  port?: number;
  /** 127.0.0.1 by default: the emulator is meant for the machine it runs on. */
  host?: string;
  /** Google's by default. */
  limits?: Partial<Limits>;
  /** Milliseconds since 1970 at which the service's clock stands until it is advanced; by default the real time, running. */
  now?: number;
};

/** A spreadsheet with all its tabs, cells and formats, as `spreadsheets.get` shows them. */
export type SpreadsheetView = ReturnType<typeof spreadsheetView>;

/** A running emulator of the Sheets API and of the token endpoint of Google's OAuth. */
export type Emulator = AsyncDisposable & {
  /** Where to send requests, without a slash at the end; the token endpoint is `/token` there. */
  url: string;
  /** Yields the key file of a new service account. Making the key takes a fraction of a second. */
  serviceAccount(email?: string): ServiceAccountKey;
  /** Yields what a person has given to an application that acts for them. */
  refreshToken(user?: string): RefreshToken;
  /** Adds a spreadsheet with one empty tab, which the users may write; yields its id. */
  createSpreadsheet(options?: NewSpreadsheet): string;
  share(spreadsheetId: string, user: string, role: "reader" | "writer"): void;
  /** Yields everything that is in a spreadsheet. Throws ApiError when there is none. */
  read(spreadsheetId: string): SpreadsheetView;
  /** Yields the values of a range, as `values.get` does. */
  values(spreadsheetId: string, range: string): unknown[][];
  /** Does what a person does at the spreadsheet itself, in the words of `batchUpdate`; no quota counts it. */
  act(spreadsheetId: string, requests: readonly Record<string, object>[]): void;
  /** Types values into a range, as a person does. */
  type(spreadsheetId: string, range: string, values: readonly unknown[][]): void;
  addFault(fault: Fault): void;
  clearFaults(): void;
  /** Resolves once a fault holds a request that no earlier call was told of. */
  hanging(): Promise<void>;
  /** Changes limits; those that are not given stay. */
  limit(limits: Partial<Limits>): void;
  advanceClock(milliseconds: number): void;
  expireTokens(): void;
  /** Yields the requests so far, refused ones too. */
  requests(): readonly LoggedRequest[];
  clearRequests(): void;
  close(): Promise<void>;
};

/** Resolves to an emulator that listens. Rejects with the system's error when the address cannot be had. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { port = 0, host = "127.0.0.1" } = options;
  const clock = new Clock(options.now);
  const limits = { ...googleLimits(), ...options.limits };
  const drive = new Drive(limits);
  const tokens = new Tokens({ clock, lifetimeSeconds: () => limits.tokenSeconds });
  const [faults, requests, quota] = [new Faults(), new RequestLog(), new Quota(clock, limits)];
  const app = buildApp({ clock, limits, drive, tokens, quota, faults, requests });
  await app.listen({ port, host });
  const address = app.server.address() as AddressInfo;
  const close = () => app.close();
  return {
    url: `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`,
    serviceAccount: (email = "sluice@project.iam.gserviceaccount.com") => tokens.addServiceAccount(email),
    refreshToken: (user = "ada@example.com") => tokens.addRefreshToken(user),
    createSpreadsheet: (asked = {}) => drive.createEmpty(asked),
    share: (id, user, role) => drive.share(id, user, role),
    read: (id) => spreadsheetView(drive.readable(id, undefined), { includeGridData: true }),
    values: (id, range) => drive.readable(id, undefined).read(range).values ?? [],
    act: (id, changes) => void applyRequests(drive.writable(id, undefined), changes),
    type(id, range, values) {
      const path = `/v4/spreadsheets/${id}/values/${encodeURIComponent(range)}`;
      const query = new URLSearchParams({ valueInputOption: "USER_ENTERED" });
      findRoute({ method: "PUT", path, query, body: { values }, user: undefined })?.run(drive);
    },
    addFault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    hanging: () => requests.hanging(),
    limit: (changes) => void Object.assign(limits, changes),
    advanceClock: (milliseconds) => clock.advance(milliseconds),
    expireTokens: () => tokens.expireAll(),
    requests: () => requests.list(),
    clearRequests: () => requests.clear(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
