// The runtime API's protocol without input or output: errors, addresses, calls, what an answer means, JSON texts. One file:
// each takes its time to load.

const { isUtf8 } = require("node:buffer");

/** Anything the helper throws: a missing variable of the environment, a value that is not JSON, a broken answer. */
class CroniumError extends Error {
  get name() {
    return this.constructor.name;
  }
}

/** The runtime API refused a call. `statusCode` is its HTTP status. */
class CroniumAPIError extends CroniumError {
  constructor(statusCode, message) {
    super(`runtime API answered ${statusCode}: ${message}`);
    this.statusCode = statusCode;
  }
}

/** The runtime API did not answer in time, refused the connection, or cannot be reached. */
class CroniumTimeoutError extends CroniumError {}

/** The runtime API as this execution sees it. Throws CroniumError that names the variable that is missing or wrong. */
function endpointFromEnvironment() {
  const token = environment("CRONIUM_EXECUTION_TOKEN");
  const identity = environment("CRONIUM_EXECUTION_ID");
  if (!/^[\x21-\x7e]+$/.test(token)) throw new CroniumError("CRONIUM_EXECUTION_TOKEN has characters that no token has");
  const url = URL.parse(address());
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password) {
    throw new CroniumError(`CRONIUM_RUNTIME_API has to be http(s)://HOST[:PORT][/PATH]; it is ${address()}`);
  }
  const secure = url.protocol === "https:";
  // The known orchestrator puts the token where the id belongs: the id then is a claim of it.
  const execution = identity === token ? claimedId(token) : identity;
  return {
    secure,
    authority: url.host,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port) || (secure ? 443 : 80),
    api: url.pathname.replace(/\/+$/, ""),
    execution,
    token,
  };
}

function address() {
  return process.env.CRONIUM_RUNTIME_API || "http://localhost:8081";
}

/** A text as one segment of a path, which may not be only dots: they are taken as steps, not names. */
function segment(text) {
  if (!text.isWellFormed()) throw new CroniumError(`${JSON.stringify(text)} is not valid unicode`);
  return text === "." || text === ".." ? text.replaceAll(".", "%2E") : encodeURIComponent(text);
}

/** A call's path, of the execution unless it begins with a slash, as a request has it. */
function requestPath({ api, execution }, path) {
  return api + (path.startsWith("/") ? path : `/executions/${segment(execution)}/${path}`);
}

function environment(name) {
  const value = process.env[name];
  if (!value) throw new CroniumError(`${name} is not set: the runtime API can be used only from a Cronium job`);
  return value;
}

/** The execution that a token names; the token itself if it cannot be read: the runtime API takes that too. */
function claimedId(token) {
  try {
    const { executionId } = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
    return typeof executionId === "string" && executionId ? executionId : token;
  } catch {
    return token;
  }
}

/**
 * What is sent. A path is the execution's unless it begins with a slash; a call that is idempotent may be sent again when
 * nobody knows whether it arrived.
 */
const calls = {
  input: () => ({ method: "GET", path: "input", idempotent: true }),
  context: () => ({ method: "GET", path: "context", idempotent: true }),
  output: (data) => ({ method: "POST", path: "output", body: encode({ data: data ?? null }), idempotent: true }),
  getVariable: (key) => ({ method: "GET", path: variable(key), idempotent: true, missingIsNull: true }),
  setVariable: (key, value) => ({
    method: "PUT",
    path: variable(key),
    body: encode({ value: value ?? null }),
    idempotent: true,
  }),
  deleteVariable: (key) => ({ method: "DELETE", path: variable(key), idempotent: true, missingIsNull: true }),
  incrementVariable(key, by) {
    if (typeof by !== "bigint" && !Number.isSafeInteger(by)) {
      throw new CroniumError(`a variable is incremented by an integer, not ${describe(by)}`);
    }
    return { method: "POST", path: `${variable(key)}/increment`, body: encode({ by }) };
  },
  appendVariable(key, value, separator) {
    if (typeof separator !== "string") throw new CroniumError(`a separator is a string, not ${describe(separator)}`);
    return { method: "POST", path: `${variable(key)}/append`, body: encode({ value: value ?? null, separator }) };
  },
  setCondition(condition) {
    if (typeof condition !== "boolean") throw new CroniumError(`a condition is true or false, not ${typeof condition}`);
    return { method: "POST", path: "condition", body: encode({ condition }), idempotent: true };
  },
  toolAction(tool, action, params) {
    // The known service reads params, the known helpers send config.
    return { method: "POST", path: "/tool-actions/execute", body: encode({ tool, action, params, config: params }) };
  },
  email: ({ to, cc, bcc, ...rest } = {}) =>
    message("email", { to: addresses(to), cc: addresses(cc), bcc: addresses(bcc), ...rest }),
  slack: (options) => message("slack", options),
  discord: (options) => message("discord", options),
};

/** The `data` of a success, null if it has none. Throws CroniumError for what is no success. */
function dataOf({ status, body }) {
  if (status === 404) return null;
  let value;
  try {
    if (!isUtf8(body)) throw new SyntaxError("it is not UTF-8");
    value = decode(body.toString());
  } catch (error) {
    throw new CroniumError(`runtime API sent what cannot be read: ${error.message}: ${excerpt(body)}`, {
      cause: error,
    });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CroniumError(`runtime API sent no JSON object: ${excerpt(body)}`);
  }
  if (value.success === false) throw new CroniumAPIError(status, messageOf(body) || "the call failed");
  return value.data ?? null;
}

/** The value of the variable in `data`, null if there is none. */
function variableOf(answer) {
  return dataOf(answer)?.value ?? null;
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

function refusal({ status, body }) {
  return new CroniumAPIError(status, messageOf(body) || excerpt(body));
}

function message(tool, params) {
  return calls.toolAction(tool, "send_message", params);
}

/** Addresses, one by one: commas in what is given separate them. */
function addresses(given) {
  if (given === undefined || given === null) return undefined;
  return [given]
    .flat()
    .flatMap((text) => String(text).split(","))
    .map((text) => text.trim())
    .filter(Boolean);
}

function variable(key) {
  if (typeof key !== "string" || !key) {
    throw new CroniumError(`a variable's key is a string that is not empty, not ${describe(key)}`);
  }
  return `variables/${segment(key)}`;
}

function describe(value) {
  return typeof value === "number" ? String(value) : value === "" ? '""' : value === null ? "null" : typeof value;
}

function excerpt(body) {
  return body.toString("utf8", 0, 200).trim() || "an empty answer";
}

// JSON gives back exactly what went in: what JavaScript or JSON cannot hold is an error, never another value.

/** The JSON text of a value; BigInt as an integer. Throws CroniumError for what JSON has no form for. */
function encode(value) {
  let text;
  try {
    text = JSON.stringify(value, exact);
  } catch (error) {
    throw new CroniumError(`the value cannot be sent as JSON: ${error.message}`, { cause: error });
  }
  if (text === undefined) throw new CroniumError(`the value cannot be sent as JSON: it is a ${typeof value}`);
  return text;
}

/** The value of a JSON text; integers beyond Number.MAX_SAFE_INTEGER as BigInt. Throws SyntaxError or RangeError. */
function decode(text) {
  // A reviver makes parsing several times slower: it is for texts with digits or exponents that a number may not hold.
  return /\d{16}|\d[eE]|-0/.test(text) ? JSON.parse(text, revive) : JSON.parse(text);
}

function exact(key, value) {
  switch (typeof value) {
    case "bigint":
      return JSON.rawJSON(value.toString());
    case "number":
      if (!Number.isFinite(value))
        throw new TypeError(`${key ? `"${key}" is ${value}` : value}, which JSON has no form for`);
      return Object.is(value, -0) ? JSON.rawJSON("-0") : value;
    default:
      return value;
  }
}

function revive(_key, value, context) {
  if (typeof value !== "number") return value;
  const { source } = context;
  if (/^-?\d+$/.test(source)) return Number.isSafeInteger(value) ? value : BigInt(source);
  if (!Number.isFinite(value) || (value === 0 && /[1-9]/.test(source.split(/e/i)[0]))) {
    throw new RangeError(`the number ${source} does not fit into a JavaScript number`);
  }
  return value;
}

module.exports = {
  CroniumError,
  CroniumAPIError,
  CroniumTimeoutError,
  address,
  calls,
  dataOf,
  endpointFromEnvironment,
  messageOf,
  refusal,
  requestPath,
  variableOf,
};
