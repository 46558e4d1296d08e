export { ControlError } from "./control/control-error.ts";
export type { NewObject } from "./control/object-control.ts";
export { ObjectCountError } from "./data/counts.ts";
export { type Emulator, type EmulatorOptions, startEmulator } from "./emulator.ts";
export type { Fault } from "./http/faults.ts";
export type { StripeObject } from "./stripe-object.ts";
