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
  readonly metadata: { readonly input?: JsonText };
}

/**
 * Where executions and variables live. Variables belong to a user and are shared by the user's executions; a write is
 * durable when its promise resolves. An execution that was ended throws `ExecutionEnded`, a store that cannot answer
 * `StoreUnavailable`.
 */
export interface Store {
  input(caller: Caller): Promise<JsonText | undefined>;
  context(caller: Caller): Promise<ExecutionContext>;
  variable(caller: Caller, key: string): Promise<JsonText | undefined>;
  setVariable(caller: Caller, key: string, value: JsonText): Promise<void>;
  setOutput(caller: Caller, output: JsonText): Promise<void>;
  setCondition(caller: Caller, condition: boolean): Promise<void>;
  close(): Promise<void>;
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
