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
  /** Whether one of the user's variables is there and not null. */
  variableExists(key: string): Promise<boolean>;
  /** Deletes one of the user's variables; there is nothing wrong if there is none. */
  deleteVariable(key: string): Promise<void>;
  /** Adds to one of the user's variables in one step, whoever else does; a missing one is 0. The new value. */
  incrementVariable(key: string, by?: number | bigint): Promise<number | bigint>;
  /** Appends a string, or JSON text, in one step; no separator comes before the first one. The new value. */
  appendVariable(key: string, value: unknown, separator?: string): Promise<string>;
  /** Sets the condition by which a workflow goes on after this execution. */
  setCondition(condition: boolean): Promise<void>;
  /** What started this execution; {} if nothing is known. */
  event(): Promise<Cronium.EventContext>;
  /** Has one of the user's tools do something. What the tool answers. */
  executeToolAction(tool: string, action: string, params: Record<string, unknown>): Promise<Cronium.Json>;
  /** Sends an email; commas separate addresses, or arrays do. What else is given is passed on to the tool. */
  sendEmail(options: Cronium.EmailOptions): Promise<Cronium.Json>;
  /** Sends a message to Slack. What else is given is passed on to the tool. */
  sendSlackMessage(options: Cronium.SlackOptions): Promise<Cronium.Json>;
  /** Sends a message to Discord. What else is given is passed on to the tool. */
  sendDiscordMessage(options: Cronium.DiscordOptions): Promise<Cronium.Json>;
  /** A self check that throws nothing and shows no token. */
  info(): Promise<Cronium.Info>;
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

  interface EmailOptions {
    to: string | readonly string[];
    subject: string;
    body: string;
    cc?: string | readonly string[];
    bcc?: string | readonly string[];
    html?: boolean | string;
    [option: string]: unknown;
  }

  interface SlackOptions {
    channel: string;
    text: string;
    username?: string;
    icon_emoji?: string;
    icon_url?: string;
    [option: string]: unknown;
  }

  interface DiscordOptions {
    channelId: string;
    content: string;
    embeds?: readonly object[];
    [option: string]: unknown;
  }

  interface Info {
    /** Of the helper. */
    version: string;
    /** The runtime API's address. */
    api: string;
    /** The execution's id; null if it is not known. */
    execution: string | null;
    /** Whether the runtime API answers and takes the token. */
    ok: boolean;
    /** Why not; null if it does. */
    problem: string | null;
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
  const cronium: Readonly<Pick<Cronium, keyof Cronium>>;

  const input: typeof cronium.input;
  const output: typeof cronium.output;
  const getVariable: typeof cronium.getVariable;
  const setVariable: typeof cronium.setVariable;
  const variableExists: typeof cronium.variableExists;
  const deleteVariable: typeof cronium.deleteVariable;
  const incrementVariable: typeof cronium.incrementVariable;
  const appendVariable: typeof cronium.appendVariable;
  const setCondition: typeof cronium.setCondition;
  const event: typeof cronium.event;
  const executeToolAction: typeof cronium.executeToolAction;
  const sendEmail: typeof cronium.sendEmail;
  const sendSlackMessage: typeof cronium.sendSlackMessage;
  const sendDiscordMessage: typeof cronium.sendDiscordMessage;
  const info: typeof cronium.info;

  export {
    appendVariable,
    Cronium,
    CroniumAPIError,
    CroniumError,
    CroniumTimeoutError,
    cronium,
    type DiscordOptions,
    deleteVariable,
    type EmailOptions,
    type EventContext,
    event,
    executeToolAction,
    getVariable,
    type Info,
    incrementVariable,
    info,
    input,
    type Json,
    output,
    type SlackOptions,
    sendDiscordMessage,
    sendEmail,
    sendSlackMessage,
    setCondition,
    setVariable,
    variableExists,
  };
}

export = Cronium;
