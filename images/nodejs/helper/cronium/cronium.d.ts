/** This execution's runtime API. */
declare class Cronium {
  /** @throws CroniumError when the environment lacks what a job has */
  constructor();
  /** The input of this execution; null if it has none. Integers beyond Number.MAX_SAFE_INTEGER are BigInt. */
  input(): Promise<Cronium.Json>;
  /** Sets the output of this execution, any JSON value or BigInt; the last one counts. */
  output(data: unknown): Promise<void>;
  /** The value of one of the user's variables; null if there is none. */
  getVariable(key: string): Promise<Cronium.Json>;
  /** Sets one of the user's variables, any JSON value or BigInt; other executions of the user see it. */
  setVariable(key: string, value: unknown): Promise<void>;
  /** Sets the condition by which a workflow goes on after this execution. */
  setCondition(condition: boolean): Promise<void>;
  /** What started this execution; {} if nothing is known. */
  event(): Promise<Cronium.EventContext>;
}

declare namespace Cronium {
  /** A JSON value, integers beyond Number.MAX_SAFE_INTEGER as BigInt. */
  // biome-ignore lint/suspicious/noExplicitAny: what shape a value has is known to the script that stored it
  type Json = any;

  interface EventContext {
    executionId?: string;
    jobId?: string;
    eventId?: string | null;
    eventName?: string | null;
    eventType?: string | null;
    userId?: string;
    startTime?: string | null;
    metadata?: Record<string, Json>;
    event?: Record<string, Json> | null;
    user?: Record<string, Json> | null;
    [key: string]: Json;
  }

  /** Anything the helper throws. */
  class CroniumError extends Error {}

  /** The runtime API refused a call. */
  class CroniumAPIError extends CroniumError {
    constructor(statusCode: number, message: string);
    /** The answer's HTTP status. */
    readonly statusCode: number;
  }

  /** The runtime API did not answer in time, refused the connection, or cannot be reached. */
  class CroniumTimeoutError extends CroniumError {}

  /** A client that reads the environment at its first call. */
  const cronium: Readonly<Pick<Cronium, "input" | "output" | "getVariable" | "setVariable" | "setCondition" | "event">>;

  const input: typeof cronium.input;
  const output: typeof cronium.output;
  const getVariable: typeof cronium.getVariable;
  const setVariable: typeof cronium.setVariable;
  const setCondition: typeof cronium.setCondition;
  const event: typeof cronium.event;

  export {
    Cronium,
    CroniumAPIError,
    CroniumError,
    CroniumTimeoutError,
    cronium,
    type EventContext,
    event,
    getVariable,
    input,
    type Json,
    output,
    setCondition,
    setVariable,
  };
}

export = Cronium;
