import { errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { unauthorized } from "./errors";
import type { Caller, NewExecution } from "./store";

const ISSUER = "cronium-orchestrator";
const SCOPE = "execution";
/** Verified tokens that are remembered: each job sends one token many times, and jose costs more than the rest of a read. */
const REMEMBERED = 1000;
/** Secrets are read again for a token that fits none of them, but not for each of many. */
const READ_AGAIN_MS = 100;
/** How long a secret that is gone is still accepted. */
export const GRACE_MS = 60_000;

/** A token and who it says its bearer is. */
export interface Bearer {
  readonly caller: Caller;
  readonly token: string;
}

/** The JWT secrets, and what makes and checks tokens with them (contract: HS256, RFC 7518 and RFC 7519). */
export class Tokens {
  readonly #read: () => readonly string[];
  #secrets: readonly string[] = [];
  /** Secrets that are gone, and when they stop to count (ms since 1970). */
  readonly #gone = new Map<string, number>();
  #accepted: readonly string[] = [];
  #keys: readonly Uint8Array[] = [];
  #readAt = 0;
  readonly #verified = new Map<string, Bearer>();

  /** @param read the secrets now: the one that signs first, then those that are still accepted (rotation) */
  constructor(read: () => readonly [string, ...string[]]) {
    this.#read = read;
    this.refresh();
  }

  /** Reads the secrets again. One that is gone counts a little longer: files do not change all at once. */
  refresh(now: number = Date.now()): void {
    const secrets = this.#read();
    this.#readAt = now;
    for (const secret of this.#secrets) if (!secrets.includes(secret)) this.#gone.set(secret, now + GRACE_MS);
    for (const [secret, until] of this.#gone) {
      if (until <= now || secrets.includes(secret)) this.#gone.delete(secret);
    }
    this.#secrets = secrets;
    const accepted = [...secrets, ...this.#gone.keys()];
    if (accepted.join("\0") === this.#accepted.join("\0")) return;
    this.#accepted = accepted;
    this.#keys = accepted.map((secret) => new TextEncoder().encode(secret));
    this.#verified.clear();
  }

  /** Who an `Authorization` header that was checked before is; undefined for any other, also one that has expired. */
  known(authorization = ""): Bearer | undefined {
    const bearer = this.#verified.get(authorization);
    if (bearer === undefined || bearer.caller.expiresAt > Date.now() / 1000) return bearer;
    this.#verified.delete(authorization);
    return undefined;
  }

  /** Who an `Authorization` header is; else an error with status 401. */
  async caller(authorization = ""): Promise<Bearer> {
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (token === undefined) throw unauthorized("Send the header: Authorization: Bearer <token of the execution>.");
    const bearer = { caller: callerOf(await this.#payloadByNewest(token)), token };
    this.#verified.set(authorization, bearer);
    const [oldest] = this.#verified.keys();
    if (this.#verified.size > REMEMBERED && oldest !== undefined) this.#verified.delete(oldest);
    return bearer;
  }

  /** A token for an execution, as orchestrators make them. */
  async sign(execution: NewExecution): Promise<string> {
    const { executionId, userId, jobId, eventId, expiresAt } = execution;
    this.refresh();
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ executionId, userId, jobId, eventId, scope: SCOPE })
      .setProtectedHeader({ alg: "HS256", typ: "JWT" })
      .setSubject(`job:${jobId}`)
      .setIssuer(ISSUER)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(expiresAt)
      .sign(this.#keys[0] as Uint8Array);
  }

  /** A token may be signed with a secret that came a moment ago. */
  async #payloadByNewest(token: string): Promise<JWTPayload> {
    try {
      return await this.#payload(token);
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw refusal(error);
      if (Date.now() - this.#readAt < READ_AGAIN_MS) throw refusal(error);
      this.refresh();
      return this.#payload(token).catch((second: unknown) => {
        throw refusal(second);
      });
    }
  }

  async #payload(token: string): Promise<JWTPayload> {
    let failure: unknown;
    for (const key of this.#keys) {
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: ["HS256"],
          issuer: ISSUER,
          requiredClaims: ["exp", "executionId"],
        });
        return payload;
      } catch (error) {
        failure = error;
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) break;
      }
    }
    throw failure;
  }
}

const EXPIRED = "The token has expired: start the job again with a new one.";

function refusal(failure: unknown): unknown {
  if (failure instanceof errors.JWTExpired) return unauthorized(EXPIRED);
  if (failure instanceof errors.JWTClaimValidationFailed) {
    return unauthorized(`The token's claim ${failure.claim} is missing or not accepted (${failure.reason}).`);
  }
  if (failure instanceof errors.JOSEAlgNotAllowed) return unauthorized("The token must be signed with HS256.");
  if (failure instanceof errors.JWSSignatureVerificationFailed) {
    return unauthorized("The token's signature is not made with this service's JWT_SECRET.");
  }
  // jose's parsers also throw plain TypeErrors at some malformed tokens.
  if (failure instanceof errors.JOSEError || failure instanceof TypeError) {
    return unauthorized("The token is not a JSON Web Token.");
  }
  return failure;
}

function callerOf(payload: JWTPayload): Caller {
  const executionId = claim(payload, "executionId");
  if (executionId === "") throw unauthorized("The token's claim executionId must not be empty.");
  // Tokens for jobs over SSH have no scope.
  if (payload.scope !== undefined && payload.scope !== SCOPE) {
    throw unauthorized(`The token's claim scope must be "${SCOPE}".`);
  }
  return {
    executionId,
    userId: claim(payload, "userId"),
    jobId: claim(payload, "jobId") || claim(payload, "job_id"),
    eventId: claim(payload, "eventId"),
    issuedAt: payload.iat,
    expiresAt: payload.exp as number,
  };
}

function claim(payload: JWTPayload, name: string): string {
  const value = payload[name] ?? "";
  if (typeof value !== "string" || !isIdentifier(value)) {
    throw unauthorized(`The token's claim ${name} must be a string without control characters.`);
  }
  return value;
}

/**
 * An id is text that every store keeps apart from every other: no control character (SQLite's text ends at a NUL when
 * it is read), no half of a surrogate pair (UTF-8 makes all of them one character).
 */
export function isIdentifier(text: string): boolean {
  return !/[\p{Cc}\p{Cs}]/u.test(text);
}
