import { SluiceError } from "@sluice/protocol";

/** What a request meant is not there, or is no longer as it was when the request was made. */
export class StoreConflict extends SluiceError {
  override readonly name = "StoreConflict";
  readonly reason: "not_found" | "changed" | "exists" | "in_use";

  constructor(reason: StoreConflict["reason"], message: string) {
    super("config", message);
    this.reason = reason;
  }
}
