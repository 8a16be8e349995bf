import { createHmac } from "node:crypto";
import { SECRET } from "./secret";

/** A token as the known orchestrator makes them; a claim set to undefined is left out. */
export function token(
  claims: Record<string, unknown> = {},
  { secret = SECRET, header = { alg: "HS256", typ: "JWT" } as Record<string, unknown>, hash = "sha256" } = {},
): string {
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    executionId: "exec-1",
    userId: "user-1",
    jobId: "job-1",
    eventId: "event-1",
    scope: "execution",
    sub: "job:job-1",
    iss: "cronium-orchestrator",
    iat: now,
    nbf: now,
    exp: now + 3600,
    ...claims,
  };
  const signed = `${part(header)}.${part(payload)}`;
  return `${signed}.${createHmac(hash, secret).update(signed).digest("base64url")}`;
}

export function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
