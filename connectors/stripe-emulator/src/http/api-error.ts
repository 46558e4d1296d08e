/** The `type` values of the API's errors that the emulator gives. */
type ApiErrorType =
  | "invalid_request_error"
  | "api_error"
  | "idempotency_error"
  | "card_error"
  // of version 2, where the type says what version 1 has codes for
  | "feature_not_enabled";

/** What an error tells besides its message. */
type ApiErrorFacts = {
  status: number;
  type?: ApiErrorType;
  code?: string;
  param?: string;
  headers?: Readonly<Record<string, string>>;
};

/** A refusal in the API's own form; `facts.code` is the API's code for it, where it has one. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly facts: ApiErrorFacts;

  constructor(message: string, facts: ApiErrorFacts) {
    super(message);
    this.facts = facts;
  }

  /** Yields the body of the answer, which names the request as the API does. */
  body(requestId: string) {
    const { code, param, type = "invalid_request_error" } = this.facts;
    return {
      error: {
        ...(code && { code, doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll("_", "-")}` }),
        message: this.message,
        ...(param && { param }),
        request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}`,
        type,
      },
    };
  }
}

/** Yields the refusal of an id that leads nowhere: 404 when the path names it, 400 when the parameter `param` does. */
export function noSuchObject(object: string, id: string, param?: string): ApiError {
  const status = param === undefined ? 404 : 400;
  return new ApiError(`No such ${object}: '${id}'`, { status, code: "resource_missing", param: param ?? "id" });
}

/** Yields the refusal of an event that is older than the API keeps them. */
export function agedOut(id: string): ApiError {
  const message = `The event ${id} is no longer available because it's aged out of our retention policy.`;
  return new ApiError(message, { status: 400 });
}

/** Yields the refusal of a path that the API does not have. */
export function unrecognizedUrl(method: string, path: string): ApiError {
  const message = `Unrecognized request URL (${method}: ${path}). The emulator answers GET on lists and objects.`;
  return new ApiError(message, { status: 404 });
}

/** Yields the refusal of a parameter's value. */
export function invalidParameter(param: string, message: string, code?: string): ApiError {
  return new ApiError(message, { status: 400, param, ...(code && { code }) });
}
