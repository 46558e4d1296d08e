/** Says what the emulator was asked to do and cannot, and what to ask for instead. */
export class ControlError extends Error {
  override readonly name = "ControlError";
}
