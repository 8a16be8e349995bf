const { CroniumError } = require("./errors");

/** The runtime API as this execution sees it. Throws CroniumError that names the variable that is missing or wrong. */
function endpointFromEnvironment() {
  const token = variable("CRONIUM_EXECUTION_TOKEN");
  const identity = variable("CRONIUM_EXECUTION_ID");
  if (!/^[\x21-\x7e]+$/.test(token)) throw new CroniumError("CRONIUM_EXECUTION_TOKEN has characters that no token has");
  const address = process.env.CRONIUM_RUNTIME_API || "http://localhost:8081";
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password) {
    throw new CroniumError(`CRONIUM_RUNTIME_API has to be http(s)://HOST[:PORT][/PATH]; it is ${address}`);
  }
  return {
    secure: url.protocol === "https:",
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port,
    prefix: `${url.pathname.replace(/\/+$/, "")}/executions/${segment(identity === token ? claimedId(token) : identity)}`,
    token,
  };
}

/** The path of a variable. Throws CroniumError for a key that cannot be one. */
function variablePath(key) {
  if (typeof key !== "string" || !key)
    throw new CroniumError(`a variable's key is a string that is not empty, not ${describe(key)}`);
  return `/variables/${segment(key)}`;
}

/** A text as one segment of a path, which may not be only dots: they are taken as steps, not names. */
function segment(text) {
  if (!text.isWellFormed()) throw new CroniumError(`${JSON.stringify(text)} is not valid unicode`);
  return text === "." || text === ".." ? text.replaceAll(".", "%2E") : encodeURIComponent(text);
}

function variable(name) {
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

function describe(value) {
  return typeof value === "string" ? '""' : value === null ? "null" : typeof value;
}

module.exports = { endpointFromEnvironment, variablePath };
