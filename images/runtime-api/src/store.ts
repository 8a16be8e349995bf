import type { JsonText } from "./json-text";

/** Who calls: the claims of a verified token. Times are seconds since 1970, as in the token. */
export interface Caller {
  readonly executionId: string;
  /** Empty for some jobs over SSH. */
  readonly userId: string;
  readonly jobId: string;
  readonly eventId: string;
  readonly issuedAt?: number;
  readonly expiresAt: number;
}

/** What a script may ask about the execution it runs in. */
export interface ExecutionContext {
  readonly executionId: string;
  readonly jobId: string;
  readonly eventId: string;
  readonly eventName: string;
  readonly eventType: string;
  readonly userId: string;
  /** ISO 8601. */
  readonly startTime: string;
  /** An object; its member `input` is the execution's input. */
  readonly metadata: JsonText;
  /** Objects, where the backend sends them. */
  readonly event?: JsonText;
  readonly user?: JsonText;
}

/** What a variable becomes, given what it is; undefined is a variable that does not exist. */
export type Change = (current: JsonText | undefined) => JsonText | undefined;

/** A tool's action, for the backend to do. `params` is any JSON value. */
export interface ToolAction {
  readonly tool: string;
  readonly action: string;
  readonly params: JsonText;
  /** The caller's key, which lets the backend see that a repeated action is the same one. */
  readonly idempotencyKey?: string;
}

/**
 * Where executions and variables live. Variables belong to a user and are shared by the user's executions; a write is
 * durable when its promise resolves. An execution that was ended throws `ExecutionEnded`, a store that cannot answer
 * `StoreUnavailable` or `BackendFailed`.
 */
export interface Store {
  input(caller: Caller): Promise<JsonText | undefined>;
  context(caller: Caller): Promise<ExecutionContext>;
  setOutput(caller: Caller, output: JsonText): Promise<void>;
  setCondition(caller: Caller, condition: boolean): Promise<void>;
  variable(caller: Caller, key: string): Promise<JsonText | undefined>;
  setVariable(caller: Caller, key: string, value: JsonText): Promise<void>;
  /** False if there was none. */
  deleteVariable(caller: Caller, key: string): Promise<boolean>;
  /** Reads and writes as one step that no other write comes between; what `change` throws leaves all as it was. */
  changeVariable(caller: Caller, key: string, change: Change): Promise<JsonText | undefined>;
  /** Up to `limit` keys of the caller's variables in order of their code points, those after `after`. */
  variableKeys(caller: Caller, after: string | undefined, limit: number): Promise<readonly string[]>;
  /** The answer's object: success, data, error?, metadata?. */
  executeTool(caller: Caller, action: ToolAction): Promise<JsonText>;
  /** What is wrong with each part now; nothing if the store can do all it is for. */
  problems(): Promise<readonly string[]>;
  /** @param limitMs how long it may take to hand on what waits */
  close(limitMs?: number): Promise<void>;
}

/** An execution that the operator makes known before its job starts. */
export interface NewExecution {
  readonly executionId: string;
  readonly userId: string;
  readonly jobId: string;
  readonly eventId: string;
  readonly input?: JsonText;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

/** One line of the operator's list. */
export interface ExecutionSummary {
  readonly executionId: string;
  readonly userId: string;
  readonly jobId: string;
  readonly eventId: string;
  /** False for an execution that only its token made known. */
  readonly registered: boolean;
  /** ISO 8601. */
  readonly startTime: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** All that is kept of an execution. */
export interface ExecutionReport extends ExecutionSummary {
  readonly input?: JsonText;
  readonly output?: JsonText;
  readonly condition: boolean | null;
  /** Keys that this execution set, in order of the key, with their values now. */
  readonly variables: ReadonlyArray<{ readonly key: string; readonly value: JsonText }>;
}

/** The operator's side of a store that keeps executions itself. */
export interface Registry {
  register(execution: NewExecution): Promise<void>;
  list(): Promise<readonly ExecutionSummary[]>;
  /** Undefined for an execution that is not known or was ended. */
  show(executionId: string): Promise<ExecutionReport | undefined>;
  /**
   * Ends an execution now: its token is refused from then on, its input, output and condition are deleted; the user's
   * variables stay. False if it is not known or was ended before.
   */
  expire(executionId: string): Promise<boolean>;
}

/** The execution was ended by the operator; its token does not work any more. */
export class ExecutionEnded extends Error {
  override name = "ExecutionEnded";
}

/** The store cannot do it now (full disk, locked, broken); the message names the cause, never a value. */
export class StoreUnavailable extends Error {
  override name = "StoreUnavailable";
}

/** The store has no way to do this at all. */
export class NotSupported extends Error {
  override name = "NotSupported";
}

/** The backend was asked and failed: it answered what it must not, or not in time. The message holds no value. */
export class BackendFailed extends Error {
  override name = "BackendFailed";
  /** Nothing came in time; else what came was a failure. */
  readonly timedOut: boolean;

  constructor(message: string, timedOut: boolean) {
    super(message);
    this.timedOut = timedOut;
  }
}
