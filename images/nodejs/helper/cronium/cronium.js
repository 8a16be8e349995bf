const { CroniumError, CroniumAPIError, CroniumTimeoutError } = require("./errors");

/** This execution's runtime API. Throws CroniumError when the environment lacks what a job has. */
class Cronium {
  #endpoint;

  constructor() {
    this.#endpoint = require("./endpoint").endpointFromEnvironment();
  }

  /** The input of this execution; null if it has none. */
  async input() {
    return (await this.#send({ method: "GET", path: "/input" })).data ?? null;
  }

  /** Sets the output of this execution, any JSON value; the last one counts. */
  async output(data) {
    await this.#send({ method: "POST", path: "/output", body: { data: data ?? null } });
  }

  /** The value of one of the user's variables; null if there is none. */
  async getVariable(key) {
    return (await this.#send({ method: "GET", path: variablePath(key), missingIsNull: true })).data?.value ?? null;
  }

  /** Sets one of the user's variables, any JSON value; other executions of the user see it. */
  async setVariable(key, value) {
    await this.#send({ method: "PUT", path: variablePath(key), body: { value: value ?? null } });
  }

  /** Sets the condition by which a workflow goes on after this execution. */
  async setCondition(condition) {
    if (typeof condition !== "boolean") throw new CroniumError(`a condition is true or false, not ${typeof condition}`);
    await this.#send({ method: "POST", path: "/condition", body: { condition } });
  }

  /** What started this execution: ids, event, user, start time; {} if nothing is known. */
  async event() {
    return (await this.#send({ method: "GET", path: "/context" })).data ?? {};
  }

  /** The answer's object; {} for a 404 that a call takes as "there is none". */
  async #send({ body, ...rest }) {
    const { encode } = require("./json");
    const { Attempts } = require("./attempts");
    const { exchange } = require("./exchange");
    const call = { idempotent: true, ...rest, ...(body && { body: encode(body) }) };
    const attempts = new Attempts(call);
    for (;;) {
      let pause;
      try {
        const answer = await exchange(this.#endpoint, call, attempts.begin());
        pause = attempts.pauseAfterAnswer(answer);
        if (pause === undefined) return answer.status === 404 ? {} : objectOf(answer);
      } catch (error) {
        if (error instanceof CroniumError) throw error;
        if (isUntrusted(error)) {
          throw new CroniumError(`runtime API's certificate is not trusted: ${error.message}`, { cause: error });
        }
        pause = attempts.pauseAfterFailure(error, error.reached);
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

function variablePath(key) {
  return require("./endpoint").variablePath(key);
}

function objectOf({ status, body }) {
  const { decode } = require("./json");
  const { messageOf, excerpt } = require("./attempts");
  let value;
  try {
    value = decode(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
  } catch (error) {
    throw new CroniumError(`runtime API sent what cannot be read: ${error.message}: ${excerpt(body)}`, {
      cause: error,
    });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CroniumError(`runtime API sent no JSON object: ${excerpt(body)}`);
  }
  if (value.success === false) throw new CroniumAPIError(status, messageOf(body) || "the call failed");
  return value;
}

/** Certificate errors of Node and OpenSSL: trying again does not mend them. */
function isUntrusted({ code }) {
  return (
    typeof code === "string" && /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY)_)/.test(code)
  );
}

/** The calls that are functions of the module too. */
const CALLS = ["input", "output", "getVariable", "setVariable", "setCondition", "event"];

let shared;

function client() {
  shared ??= new Cronium();
  return shared;
}

/** A client that reads the environment at its first call, so that loading the module never fails. */
const cronium = Object.freeze(
  Object.fromEntries(CALLS.map((name) => [name, async (...args) => client()[name](...args)])),
);

// Named one by one: that is how Node finds the names a CommonJS module can be imported by.
module.exports = Cronium;
module.exports.Cronium = Cronium;
module.exports.CroniumError = CroniumError;
module.exports.CroniumAPIError = CroniumAPIError;
module.exports.CroniumTimeoutError = CroniumTimeoutError;
module.exports.cronium = cronium;
module.exports.input = cronium.input;
module.exports.output = cronium.output;
module.exports.getVariable = cronium.getVariable;
module.exports.setVariable = cronium.setVariable;
module.exports.setCondition = cronium.setCondition;
module.exports.event = cronium.event;
