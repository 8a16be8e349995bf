const { CroniumAPIError, CroniumTimeoutError } = require("./errors");

const ATTEMPTS = 3;
const ATTEMPT_MS = 30_000;
/** One deadline over all attempts of a call and the pauses between them. */
const DEADLINE_MS = 120_000;
const PAUSE_MS = [1_000, 2_000];

/** Decides, attempt by attempt, whether a call is over, and else how long to wait before the next attempt. */
class Attempts {
  #call;
  #number = 0;
  #deadline = performance.now() + DEADLINE_MS;

  constructor(call) {
    this.#call = call;
  }

  /** Starts an attempt; returns how many milliseconds it may take. */
  begin() {
    this.#number++;
    return Math.min(ATTEMPT_MS, Math.max(1, this.#deadline - performance.now()));
  }

  /** Undefined if the answer is good, milliseconds to wait if another attempt follows. Throws CroniumAPIError otherwise. */
  pauseAfterAnswer({ status, retryAfter, body }) {
    if (status >= 200 && status < 300) return undefined;
    const message = messageOf(body);
    if (status === 404 && this.#call.missingIsNull && message) return undefined;
    const again = status === 429 || (status >= 500 && this.#call.idempotent);
    const pause = again ? this.#pause(status === 429 ? milliseconds(retryAfter) : undefined) : undefined;
    if (pause === undefined) throw new CroniumAPIError(status, message || excerpt(body));
    return pause;
  }

  /** Milliseconds to wait after an attempt without an answer; `reached`: the request may have arrived. */
  pauseAfterFailure(error, reached) {
    const pause = this.#call.idempotent || !reached ? this.#pause() : undefined;
    if (pause !== undefined) return pause;
    const tries = `${this.#number} attempt${this.#number > 1 ? "s" : ""}`;
    const reason = error.message || error.code || error.name;
    throw new CroniumTimeoutError(
      `runtime API cannot be reached (${this.#call.method} ${this.#call.path}, ${tries}): ${reason}`,
      { cause: error },
    );
  }

  #pause(wanted) {
    if (this.#number >= ATTEMPTS) return undefined;
    const pause = wanted ?? PAUSE_MS[this.#number - 1] * (0.75 + Math.random() / 2);
    return performance.now() + pause < this.#deadline ? pause : undefined;
  }
}

/** What an error's JSON says; undefined if it is not the runtime API's. */
function messageOf(body) {
  try {
    const { message, error } = JSON.parse(body);
    return [message, error].find((text) => typeof text === "string" && text);
  } catch {
    return undefined;
  }
}

function excerpt(body) {
  return body.toString("utf8", 0, 200).trim() || "an empty answer";
}

/** Retry-After as milliseconds from now: seconds or a date. */
function milliseconds(retryAfter) {
  if (!retryAfter) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

module.exports = { Attempts, messageOf, excerpt };
