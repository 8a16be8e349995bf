const { CroniumError, CroniumTimeoutError, messageOf, refusal, requestPath } = require("./protocol");

/** Sends a call until it is over; the answer is a success, or a 404 that the call takes as one. */
async function send(endpoint, call) {
  const attempts = new Attempts(call);
  for (;;) {
    let pause;
    try {
      const answer = await exchange(endpoint, call, attempts.begin());
      pause = attempts.pauseAfterAnswer(answer);
      if (pause === undefined) return answer;
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

const ATTEMPTS = 3;
const ATTEMPT_MS = 30_000;
/** One deadline over all attempts of a call and the pauses between them. */
const DEADLINE_MS = 120_000;
const PAUSE_MS = [1_000, 2_000];

/** Decides, attempt by attempt, whether a call is over, and else how long to wait before the next attempt. */
class Attempts {
  #call;
  #number = 0;
  #deadline = now() + DEADLINE_MS;

  constructor(call) {
    this.#call = call;
  }

  /** Starts an attempt; returns how many milliseconds it may take. */
  begin() {
    this.#number++;
    return Math.min(ATTEMPT_MS, Math.max(1, this.#deadline - now()));
  }

  /** Undefined if the answer is good, milliseconds to wait if another attempt follows. Throws CroniumAPIError otherwise. */
  pauseAfterAnswer(answer) {
    const { status, retryAfter, body } = answer;
    if (status >= 200 && status < 300) return undefined;
    if (status === 404 && this.#call.missingIsNull && messageOf(body)) return undefined;
    // 429 means that nothing was done, whatever the call.
    const again = status === 429 || (status >= 500 && this.#call.idempotent);
    const pause = again ? this.#pause(milliseconds(retryAfter)) : undefined;
    if (pause === undefined) throw refusal(answer);
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
    return now() + pause < this.#deadline ? pause : undefined;
  }
}

/** Milliseconds that no change of the clock moves; `performance` would be loaded for it. */
function now() {
  return process.uptime() * 1000;
}

/** Retry-After as milliseconds from now: seconds or a date. */
function milliseconds(retryAfter) {
  if (!retryAfter) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** Certificate errors of Node and OpenSSL: trying again does not mend them. */
function isUntrusted({ code }) {
  return (
    typeof code === "string" && /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY)_)/.test(code)
  );
}

/**
 * One request and its answer over a connection of its own, in a given time. Rejects with the connection's error, whose
 * `reached` says whether the request may have arrived. node:http would take as long again to load and set up.
 */
async function exchange(endpoint, call, milliseconds) {
  const { promise, resolve, reject } = Promise.withResolvers();
  let socket;
  let reached = false;
  const answer = new Incoming();
  const end = (error) => {
    clearTimeout(timer);
    socket?.destroy();
    if (error) reject(Object.assign(error, { reached }));
    else resolve(answer);
  };
  const timer = setTimeout(() => end(new Error("no answer in time")), milliseconds);
  const attempt = (take) => {
    try {
      if (take()) end();
    } catch (error) {
      end(error);
    }
  };
  addressOf(endpoint.host, (host) => {
    socket = connect({ ...endpoint, host }, () => {
      reached = true;
      socket.write(head(endpoint, call));
      if (call.body !== undefined) socket.write(call.body);
    });
    socket.on("error", end);
    socket.on("data", (chunk) => attempt(() => answer.add(chunk)));
    socket.on("end", () => attempt(() => answer.end()));
  });
  return promise;
}

/**
 * Calls back with what to connect to: an address for a name that only DNS knows, else the name. Node's own way takes as
 * long as the rest of a call: it compiles a large expression to see that a name is no IPv6 address, and starts threads.
 */
function addressOf(host, callback) {
  if (/^[\d.]+$|:/.test(host) || isInHostsFile(host)) callback(host);
  else require("node:dns").resolve4(host, (error, addresses) => callback(error ? host : addresses[0]));
}

function isInHostsFile(host) {
  try {
    return require("node:fs")
      .readFileSync("/etc/hosts", "latin1")
      .split(/[ \t\n]/)
      .includes(host);
  } catch {
    return true;
  }
}

function connect({ secure, authority, host, port }, connected) {
  if (!secure) return require("node:net").connect({ host, port }, connected);
  return require("node:tls").connect({ host, port, servername: new URL(`https://${authority}`).hostname }, connected);
}

function head(endpoint, { method, path, body }) {
  const lines = [
    `${method} ${requestPath(endpoint, path)} HTTP/1.1`,
    `Host: ${endpoint.authority}`,
    "Connection: close",
    `Authorization: Bearer ${endpoint.token}`,
    "Accept: application/json",
  ];
  if (body !== undefined) lines.push("Content-Type: application/json");
  if (method !== "GET") lines.push(`Content-Length: ${Buffer.byteLength(body ?? "")}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

const MAX_HEAD = 256 * 1024;
const END_OF_HEAD = Buffer.from("\r\n\r\n");

/** An HTTP/1.1 answer as it comes in. The connection ends with it: the request said so. */
class Incoming {
  status = 0;
  retryAfter;
  body = Buffer.alloc(0);
  #chunks = [];
  #size = 0;
  #chunked = false;
  #length;

  /** Takes what came; true when the answer is whole. */
  add(chunk) {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (!this.status && this.#readHead());
    if (!this.status || this.#length === undefined || this.#size < this.#length) return false;
    this.body = this.#taken().subarray(0, this.#length);
    return true;
  }

  /** Nothing more will come; true, or an error if the answer is not whole. */
  end() {
    if (!this.status || this.#length !== undefined) throw new Error("the answer broke off");
    this.body = this.#chunked ? dechunked(this.#taken()) : this.#taken();
    return true;
  }

  /** True if there was a head, and another one may follow. */
  #readHead() {
    const taken = this.#taken();
    const end = taken.indexOf(END_OF_HEAD);
    if (end < 0) {
      if (taken.length > MAX_HEAD) throw new Error("the answer has too large headers");
      return false;
    }
    const [first, ...lines] = taken.toString("latin1", 0, end).split("\r\n");
    const status = Number(/^HTTP\/1\.\d (\d{3})(?: |$)/.exec(first)?.[1]);
    if (!status) throw new Error("what answers is no HTTP/1.1 server");
    this.#chunks = [taken.subarray(end + END_OF_HEAD.length)];
    this.#size = this.#chunks[0].length;
    if (status < 200) return true;
    this.status = status;
    const headers = Object.fromEntries(
      lines.map((line) => line.split(/:\s*(.*)/s)).map(([k, v]) => [k.toLowerCase(), v]),
    );
    this.retryAfter = headers["retry-after"];
    this.#chunked = headers["transfer-encoding"] !== undefined;
    if (status === 204 || status === 304) this.#length = 0;
    else if (!this.#chunked && headers["content-length"] !== undefined) {
      this.#length = Number(headers["content-length"]);
      if (!Number.isSafeInteger(this.#length)) throw new Error("the answer does not say how long it is");
    }
    return false;
  }

  #taken() {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? this.body;
  }
}

function dechunked(text) {
  const chunks = [];
  for (let at = 0; ; ) {
    const line = text.indexOf("\r\n", at);
    const size = line < 0 ? Number.NaN : Number.parseInt(text.toString("latin1", at, line), 16);
    const start = line + 2;
    if (size === 0) return Buffer.concat(chunks);
    if (!(start + size <= text.length)) throw new Error("the answer broke off");
    chunks.push(text.subarray(start, start + size));
    at = start + size + 2;
  }
}

module.exports = { send };
