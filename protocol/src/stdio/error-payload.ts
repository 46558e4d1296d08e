import type { SluiceError } from "../failure.ts";
import type { Payload } from "../message.ts";
import { maskSecrets } from "./secrets.ts";

/** Yields the payload of the `error` message for a failure, secrets of the configuration masked. */
export function errorPayload(error: SluiceError): Payload<"error"> {
  return {
    failure_type: error.code,
    message: maskSecrets(error.message),
    ...(error.detail === undefined ? {} : { detail: maskSecrets(error.detail) }),
    ...(error.stream === undefined ? {} : { stream: error.stream }),
    ...(error.retryAfterMs === undefined ? {} : { retry_after_ms: error.retryAfterMs }),
  };
}
