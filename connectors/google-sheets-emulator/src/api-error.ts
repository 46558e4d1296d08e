const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  413: "INVALID_ARGUMENT",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
};

/** A refusal in the form that Google's APIs share: an HTTP status and a sentence. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Yields the body of a refusal. */
export function errorBody(status: number, message: string) {
  const name = STATUS_NAMES[status] ?? "UNKNOWN";
  return {
    error: { code: status, message, status: name, errors: [{ message, domain: "global", reason: name.toLowerCase() }] },
  };
}

/** Yields the refusal of a request that cannot be as it is. */
export function invalid(message: string): ApiError {
  return new ApiError(400, message);
}
