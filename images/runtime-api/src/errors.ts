import { STATUS_CODES } from "node:http";
import type { JsonText } from "./json-text";

/** What a caller is told: a status, what to do about it, and headers that belong to it (Allow, Retry-After). */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** Every failure's body: `{"error":"<Status text>","message":"<what to do>"}`. */
export function errorBody(status: number, message: string): JsonText {
  return JSON.stringify({ error: STATUS_CODES[status] ?? "Error", message }) as JsonText;
}

/** 401: the token is missing, malformed, expired or not ours. */
export function unauthorized(message: string): ApiError {
  return new ApiError(401, message, { "www-authenticate": "Bearer" });
}

/** 503: the store could not do it now; the same request may work later. */
export function storeUnavailable(message: string): ApiError {
  return new ApiError(503, message, { "retry-after": "1" });
}

/** 502 or 504: the backend failed, so that what was asked for may have happened or not. */
export function backendFailed({ timedOut }: { readonly timedOut: boolean }): ApiError {
  return timedOut
    ? new ApiError(504, "The backend did not answer in time: try again later.")
    : new ApiError(502, "The backend failed: try again later.");
}
