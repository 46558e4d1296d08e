export { addressOf, type Address } from "./address.ts";
export type { AddressConfig } from "./config.ts";
export type { IamToken } from "./iam.ts";
