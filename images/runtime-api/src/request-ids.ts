import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What is taken from a caller as a request's id: it goes into logs and headers. */
const SAFE = /^[\w.:-]{1,128}$/;

/** Names requests: by the caller's X-Request-Id, else by one that is unlike every other's. */
export function requestIds(): (request: Pick<IncomingMessage, "headers">) => string {
  const start = randomBytes(8).toString("hex");
  let count = 0;
  return ({ headers }) => {
    const given = headers["x-request-id"];
    return typeof given === "string" && SAFE.test(given) ? given : `${start}-${++count}`;
  };
}
