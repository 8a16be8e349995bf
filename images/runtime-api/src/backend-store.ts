import type { Audit } from "./audit";
import { type BackendCall, type BackendClient, BackendRefused } from "./backend-client";
import { fromBackend, toBackendText } from "./backend-text";
import { ApiError } from "./errors";
import { type JsonText, jsonText, members } from "./json-text";
import type { SharedCache } from "./shared-cache";
import {
  BackendFailed,
  type Caller,
  type Change,
  type ExecutionContext,
  NotSupported,
  type Store,
  type ToolAction,
} from "./store";

/** Executions whose user is remembered: it never changes. */
const REMEMBERED_USERS = 10_000;
const REACHABLE_MS = 2_000;

/** The production store: the backend's HTTP API (contract, "The backend"), perhaps with a cache in front of it. */
export class BackendStore implements Store {
  readonly #client: BackendClient;
  readonly #cache: SharedCache;
  readonly #audit: Audit;
  readonly #users = new Map<string, string>();

  constructor(client: BackendClient, cache: SharedCache, audit: Audit) {
    this.#client = client;
    this.#cache = cache;
    this.#audit = audit;
  }

  async input(caller: Caller): Promise<JsonText | undefined> {
    const { metadata } = await this.#context(caller);
    this.#audit.record(caller.executionId, "get_input", {});
    return members(metadata, ["input"]).input;
  }

  context(caller: Caller): Promise<ExecutionContext> {
    return this.#context(caller);
  }

  async setOutput(caller: Caller, output: JsonText): Promise<void> {
    await this.#post(caller, "output", `"output":${output}`);
    this.#audit.record(caller.executionId, "set_output", { userId: caller.userId });
  }

  async setCondition(caller: Caller, condition: boolean): Promise<void> {
    await this.#post(caller, "condition", `"condition":${condition}`);
    this.#audit.record(caller.executionId, "set_condition", { condition, userId: caller.userId });
  }

  async variable(caller: Caller, key: string): Promise<JsonText | undefined> {
    const user = await this.#user(caller);
    const load = async () => {
      const value = await this.#get(caller, user, key);
      return value === undefined ? undefined : entry(key, value);
    };
    const value = await this.#cache.read(cacheKey(user, key), load, (text) => members(text, ["value"]).value);
    this.#audit.record(caller.executionId, "get_variable", { key });
    return value;
  }

  async setVariable(caller: Caller, key: string, value: JsonText): Promise<void> {
    const user = await this.#user(caller);
    await this.#cache.write(cacheKey(user, key), false, async (signal) => {
      await this.#put(caller, user, key, value, signal);
      return { result: undefined, value: entry(key, value) };
    });
    this.#audit.record(caller.executionId, "set_variable", { key });
  }

  async deleteVariable(caller: Caller, key: string): Promise<boolean> {
    const user = await this.#user(caller);
    const existed = await this.#cache.write(cacheKey(user, key), false, async (signal) => {
      const exists = (await this.#get(caller, user, key, signal)) !== undefined;
      if (exists) await this.#put(caller, user, key, undefined, signal);
      return { result: exists, value: undefined };
    });
    this.#audit.record(caller.executionId, "delete_variable", { key });
    return existed;
  }

  async changeVariable(caller: Caller, key: string, change: Change): Promise<JsonText | undefined> {
    const user = await this.#user(caller);
    const changed = await this.#cache.write(cacheKey(user, key), true, async (signal) => {
      const value = change(await this.#get(caller, user, key, signal));
      await this.#put(caller, user, key, value, signal);
      return { result: value, value: value === undefined ? undefined : entry(key, value) };
    });
    this.#audit.record(caller.executionId, changed === undefined ? "delete_variable" : "set_variable", { key });
    return changed;
  }

  async variableKeys(): Promise<never> {
    throw new NotSupported("The backend that keeps the variables does not list their keys: keep a list in a variable.");
  }

  async executeTool(caller: Caller, { tool, action, params, idempotencyKey }: ToolAction): Promise<JsonText> {
    const user = (await this.#context(caller)).userId;
    const ids = JSON.stringify({ executionId: caller.executionId, userId: user, tool, action }).slice(0, -1);
    const result = await this.#call({
      name: "tool",
      method: "POST",
      path: ["tools", "execute"],
      executionId: caller.executionId,
      body: `${ids},"params":${params}}`,
      repeatable: idempotencyKey !== undefined,
      ...(idempotencyKey !== undefined && { headers: { "idempotency-key": idempotencyKey } }),
    }).catch((error: unknown) => {
      const { status } = error as { status?: number };
      throw status === 404 ? new ApiError(404, "The backend has no tool actions, or not this one.") : error;
    });
    this.#audit.record(caller.executionId, "execute_tool_action", { tool, action });
    return toolResult(result);
  }

  async problems(): Promise<readonly string[]> {
    const reachable = await this.#client.reachable(REACHABLE_MS);
    return [...(reachable ? [] : ["the backend does not answer"]), ...this.#cache.problems()];
  }

  async close(limitMs = 0): Promise<void> {
    await this.#audit.close(limitMs);
    this.#cache.close();
    this.#client.close();
  }

  async #context(caller: Caller): Promise<ExecutionContext> {
    const { executionId } = caller;
    const load = () =>
      this.#call({ name: "context", method: "GET", path: ["executions", executionId, "context"], executionId });
    const context = await this.#cache.read(`context:${executionId}`, load, (text) => contextOf(text, caller));
    return context as ExecutionContext;
  }

  /** Whose variables the execution's are: the user of the backend's context, else of the token. */
  async #user(caller: Caller): Promise<string> {
    const known = this.#users.get(caller.executionId);
    if (known !== undefined) return known;
    const user = await this.#context(caller).then(
      ({ userId }) => userId,
      (error: unknown) => {
        if ((error as { status?: number }).status === 404 && caller.userId !== "") return caller.userId;
        throw error;
      },
    );
    if (user === "") throw new ApiError(404, "This execution belongs to no user, so it has no variables.");
    this.#users.set(caller.executionId, user);
    const [oldest] = this.#users.keys();
    if (this.#users.size > REMEMBERED_USERS && oldest !== undefined) this.#users.delete(oldest);
    return user;
  }

  async #get(caller: Caller, user: string, key: string, signal?: AbortSignal): Promise<JsonText | undefined> {
    const { executionId } = caller;
    const path = ["variables", user, key];
    try {
      const answer = await this.#call({ name: "get_variable", method: "GET", path, executionId, ...also(signal) });
      return fromBackend(members(answer, ["value"]).value);
    } catch (error) {
      if ((error as { status?: number }).status === 404) return undefined;
      throw error;
    }
  }

  async #put(
    caller: Caller,
    user: string,
    key: string,
    value: JsonText | undefined,
    signal?: AbortSignal,
  ): Promise<void> {
    const { executionId } = caller;
    const path = ["variables", user, key];
    const body = JSON.stringify({ value: toBackendText(value) });
    await this.#call({ name: "put_variable", method: "PUT", path, executionId, body, ...also(signal) });
  }

  async #post(caller: Caller, what: "output" | "condition", member: string): Promise<void> {
    const { executionId } = caller;
    const body = `{${member},"timestamp":"${new Date().toISOString()}"}`;
    await this.#call({ name: what, method: "POST", path: ["executions", executionId, what], executionId, body });
  }

  async #call(call: BackendCall): Promise<JsonText> {
    try {
      return await this.#client.call({ ...call, path: ["api", "internal", ...call.path] });
    } catch (error) {
      throw error instanceof BackendRefused ? refusal(error) : error;
    }
  }
}

/** The statuses of the backend that are about the request; any other (its token, its own mistakes) is the backend's failure. */
const PASSED_ON: Readonly<Record<number, number>> = { 400: 400, 404: 404, 409: 409, 413: 413, 422: 400, 429: 429 };

function refusal({ status, message, retryAfter }: BackendRefused): Error {
  const passed = PASSED_ON[status];
  if (passed === undefined) return new BackendFailed(`the backend answered ${status}: ${message}`, false);
  const headers: Record<string, string> = passed === 429 ? { "retry-after": retryAfter ?? "1" } : {};
  return new ApiError(passed, `The backend refused it: ${message || `status ${status}`}.`, headers);
}

/** The user's part is escaped: a user and a key never look like another user and another key. */
function cacheKey(user: string, key: string): string {
  return `variable:${encodeURIComponent(user)}:${key}`;
}

function entry(key: string, value: JsonText): JsonText {
  return `{"key":${jsonText(key)},"value":${value}}` as JsonText;
}

function also(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

const CONTEXT = ["jobId", "eventId", "eventName", "eventType", "userId", "startTime"] as const;
const NAMES = [...CONTEXT, "metadata", "event", "user"] as const;

/** The backend sends null, or nothing, for what it does not know: then the token's claim counts. */
function contextOf(text: JsonText, caller: Caller): ExecutionContext {
  const given = members(text, NAMES);
  const event = objectOf(given.event);
  const user = objectOf(given.user);
  const ofEvent = event === undefined ? {} : members(event, ["name", "type"]);
  const issued = new Date((caller.issuedAt ?? Date.now() / 1000) * 1000).toISOString();
  return {
    executionId: caller.executionId,
    jobId: stringOf(given.jobId) || caller.jobId,
    eventId: stringOf(given.eventId) || caller.eventId,
    eventName: stringOf(given.eventName) || stringOf(ofEvent.name),
    eventType: stringOf(given.eventType) || stringOf(ofEvent.type),
    userId: stringOf(given.userId) || caller.userId,
    startTime: stringOf(given.startTime) || issued,
    metadata: objectOf(given.metadata) ?? ("{}" as JsonText),
    ...(event !== undefined && { event }),
    ...(user !== undefined && { user }),
  };
}

/** Ids may come as numbers: their text is the id. */
function stringOf(value: JsonText | undefined): string {
  if (value === undefined || value === "null") return "";
  return value.startsWith('"') ? (JSON.parse(value) as string) : value;
}

function objectOf(value: JsonText | undefined): JsonText | undefined {
  return value?.startsWith("{") ? value : undefined;
}

/** What the answer must have, whatever the backend sends. */
function toolResult(answer: JsonText): JsonText {
  const { success, data, error, metadata } = members(answer, ["success", "data", "error", "metadata"]);
  const result = [
    `"success":${success === "true"}`,
    `"data":${data ?? "null"}`,
    ...(error === undefined || error === "null" ? [] : [`"error":${jsonText(stringOf(error))}`]),
    ...(metadata === undefined ? [] : [`"metadata":${objectOf(metadata) ?? "null"}`]),
  ];
  return `{${result.join(",")}}` as JsonText;
}
