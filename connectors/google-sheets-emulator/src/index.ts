export { ApiError } from "./api-error.ts";
export { type Emulator, type EmulatorOptions, type SpreadsheetView, startEmulator } from "./emulator.ts";
export type { Fault } from "./http/faults.ts";
export type { LoggedRequest } from "./http/request-log.ts";
export type { RefreshToken, ServiceAccountKey } from "./http/tokens.ts";
export type { Limits } from "./settings.ts";
