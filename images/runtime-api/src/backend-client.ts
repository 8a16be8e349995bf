import http from "node:http";
import https from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { JsonError, type JsonText, members } from "./json-text";
import { backendSeconds } from "./metrics";
import type { BackendSettings } from "./settings";
import { BackendFailed } from "./store";

/** One call of the backend's API. */
export interface BackendCall {
  /** What the figures call it. */
  readonly name: string;
  readonly method: "GET" | "PUT" | "POST";
  /** Segments of the path, not escaped. */
  readonly path: readonly string[];
  readonly executionId: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** False for what must not happen twice: it is tried once. */
  readonly repeatable?: boolean;
  readonly signal?: AbortSignal;
}

/** The backend said no: 400 to 499. The status is its own. */
export class BackendRefused extends Error {
  override name = "BackendRefused";
  readonly status: number;
  readonly retryAfter: string | undefined;

  constructor(status: number, message: string, retryAfter: string | undefined) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Longest answer taken, in bytes. */
const MAX_ANSWER = 64 * 1024 * 1024;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 2_000;

/** Calls the backend over HTTP (contract, "The backend"): failures are tried again, with growing, jittered delays, within one deadline. */
export class BackendClient {
  readonly #settings: BackendSettings;
  readonly #transport: typeof http | typeof https;
  readonly #agent: http.Agent;

  constructor(settings: BackendSettings) {
    this.#settings = settings;
    this.#transport = settings.url.protocol === "https:" ? https : http;
    this.#agent = new this.#transport.Agent({ keepAlive: true, maxSockets: 64, timeout: settings.timeoutMs });
  }

  /** The answer, which is a JSON object's text. Throws BackendRefused or BackendFailed. */
  async call(call: BackendCall): Promise<JsonText> {
    const { timeoutMs, maxRetries } = this.#settings;
    const deadline = performance.now() + timeoutMs;
    const tries = call.repeatable === false ? 1 : maxRetries + 1;
    for (let tried = 1; ; tried++) {
      const left = deadline - performance.now();
      // One that hangs leaves time for another.
      const limit = tried < tries ? Math.max(left / 2, Math.min(left, 1000)) : left;
      try {
        return await this.#try(call, limit);
      } catch (error) {
        const wait = Math.min(FIRST_DELAY_MS * 2 ** (tried - 1), MAX_DELAY_MS) * (0.5 + Math.random() / 2);
        const over = tried >= tries || performance.now() + wait >= deadline || call.signal?.aborted;
        if (over || !(error instanceof BackendFailed)) throw error;
        await delay(wait, undefined, { signal: call.signal }).catch(() => {
          throw error;
        });
      }
    }
  }

  /** Whether anything answers at its address, whatever it says. */
  async reachable(limitMs: number): Promise<boolean> {
    const call = { name: "ready", method: "GET", path: [], executionId: "" } as const;
    return this.#exchange(call, limitMs).then(
      () => true,
      () => false,
    );
  }

  close(): void {
    this.#agent.destroy();
  }

  async #try(call: BackendCall, limitMs: number): Promise<JsonText> {
    const end = backendSeconds.startTimer({ call: call.name });
    try {
      const { status, text, retryAfter } = await this.#exchange(call, limitMs);
      end({ outcome: String(status) });
      if (status >= 200 && status < 300) return objectText(text);
      if (status >= 400 && status < 500 && status !== 408)
        throw new BackendRefused(status, messageOf(text), retryAfter);
      throw new BackendFailed(`the backend answered ${call.name} with ${status}`, status === 408);
    } catch (error) {
      if (error instanceof BackendRefused || error instanceof BackendFailed) throw error;
      if (error instanceof JsonError) {
        throw new BackendFailed(`the backend's answer to ${call.name} ${error.message}`, false);
      }
      end({ outcome: "error" });
      const { code, message } = error as NodeJS.ErrnoException;
      throw new BackendFailed(`the backend failed at ${call.name}: ${code ?? message}`, code === TIMED_OUT);
    }
  }

  #exchange(call: BackendCall, limitMs: number): Promise<Answer> {
    const { url, token } = this.#settings;
    const path = url.pathname.replace(/\/$/, "") + call.path.map((segment) => `/${escapeSegment(segment)}`).join("");
    return new Promise((resolve, reject) => {
      const sent = this.#transport.request({
        host: url.hostname.replace(/^\[|\]$/g, ""),
        port: url.port,
        method: call.method,
        path: path || "/",
        // An idle connection may be closed just when it is used: not for what must not happen twice.
        agent: call.repeatable === false ? false : this.#agent,
        ...(call.signal && { signal: call.signal }),
        headers: {
          host: url.host,
          accept: "application/json",
          "content-type": "application/json",
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(call.executionId && { "x-execution-id": headerText(call.executionId) }),
          ...(call.body !== undefined && { "content-length": Buffer.byteLength(call.body) }),
          ...call.headers,
        },
      });
      const timer = setTimeout(() => {
        fail(Object.assign(new Error("no answer in time"), { code: TIMED_OUT }));
        sent.destroy();
      }, limitMs);
      const fail = (error: Error) => {
        clearTimeout(timer);
        reject(error);
      };
      sent.on("error", fail);
      sent.on("response", (response) => {
        read(response).then((answer) => {
          clearTimeout(timer);
          resolve(answer);
        }, fail);
      });
      sent.end(call.body);
    });
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | undefined;
}

const TIMED_OUT = "ETIMEDOUT";

async function read(response: http.IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_ANSWER) throw new Error(`an answer of more than ${MAX_ANSWER} bytes`);
  }
  return {
    status: response.statusCode ?? 0,
    text: Buffer.concat(chunks).toString(),
    retryAfter: response.headers["retry-after"],
  };
}

/** A URL's parser folds away segments that are dots, escaped or not: those at least reach a server as they are meant. */
function escapeSegment(segment: string): string {
  return /^\.{1,2}$/.test(segment) ? segment.replaceAll(".", "%2E") : encodeURIComponent(segment);
}

/** Every answer of the backend is an object. */
function objectText(text: string): JsonText {
  members(text, []);
  return text as JsonText;
}

/** Headers take no more than printable ASCII. */
function headerText(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text);
}

/** What the backend says is wrong, if it says it in JSON; nothing else of its answer is passed on. */
function messageOf(text: string): string {
  try {
    const { error, message } = JSON.parse(text) as { error?: unknown; message?: unknown };
    const said = [message, error].find((one) => typeof one === "string");
    return String(said ?? "").slice(0, 300);
  } catch {
    return "";
  }
}
