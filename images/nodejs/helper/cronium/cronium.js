const {
  CroniumError,
  CroniumAPIError,
  CroniumTimeoutError,
  address,
  calls,
  dataOf,
  endpointFromEnvironment,
  variableOf,
} = require("./protocol");

const VERSION = "0.1.0";

/** This execution's runtime API. Throws CroniumError when the environment lacks what a job has. */
class Cronium {
  #endpoint;

  constructor() {
    this.#endpoint = endpointFromEnvironment();
  }

  /** The input of this execution; null if it has none. */
  async input() {
    return this.#data("input");
  }

  /** Sets the output of this execution, any JSON value; the last one counts. */
  async output(data) {
    await this.#data("output", data);
  }

  /** The value of one of the user's variables; null if there is none. */
  async getVariable(key) {
    return this.#value("getVariable", key);
  }

  /** Sets one of the user's variables, any JSON value; other executions of the user see it. */
  async setVariable(key, value) {
    await this.#data("setVariable", key, value);
  }

  /** Whether one of the user's variables is there and not null. */
  async variableExists(key) {
    return (await this.getVariable(key)) !== null;
  }

  /** Deletes one of the user's variables; there is nothing wrong if there is none. */
  async deleteVariable(key) {
    await this.#data("deleteVariable", key);
  }

  /** Adds to one of the user's variables in one step, whoever else does; a missing one is 0. The new value. */
  async incrementVariable(key, by = 1) {
    return this.#value("incrementVariable", key, by);
  }

  /** Appends a string, or JSON text, in one step; no separator comes before the first one. The new value. */
  async appendVariable(key, value, separator = "") {
    return this.#value("appendVariable", key, value, separator);
  }

  /** Sets the condition by which a workflow goes on after this execution. */
  async setCondition(condition) {
    await this.#data("setCondition", condition);
  }

  /** What started this execution: ids, event, user, start time; {} if nothing is known. */
  async event() {
    return (await this.#data("context")) ?? {};
  }

  /** Has one of the user's tools do something. What the tool answers. */
  async executeToolAction(tool, action, params) {
    return this.#data("toolAction", tool, action, params);
  }

  /** Sends an email: to, subject, body; cc, bcc, html, and what else the tool takes. Commas separate addresses. */
  async sendEmail(options) {
    return this.#data("email", options);
  }

  /** Sends a message to Slack: channel, text; username, icon_emoji, icon_url, and what else the tool takes. */
  async sendSlackMessage(options) {
    return this.#data("slack", options);
  }

  /** Sends a message to Discord: channelId, content; embeds, and what else the tool takes. */
  async sendDiscordMessage(options) {
    return this.#data("discord", options);
  }

  /** A self check that throws nothing and shows no token: version, api, execution, ok, problem (null if ok). */
  async info() {
    return selfCheck(() => this);
  }

  async #data(call, ...args) {
    return dataOf(await this.#send(call, args));
  }

  async #value(call, ...args) {
    return variableOf(await this.#send(call, args));
  }

  async #send(name, args) {
    return require("./exchange").send(this.#endpoint, calls[name](...args));
  }
}

async function selfCheck(client) {
  const found = { version: VERSION, api: address(), execution: null, ok: false, problem: null };
  try {
    found.execution = endpointFromEnvironment().execution;
    await client().event();
    return { ...found, ok: true };
  } catch (error) {
    return { ...found, problem: error.message };
  }
}

let shared;

function client() {
  shared ??= new Cronium();
  return shared;
}

/** A client that reads the environment at its first call, so that loading the module never fails. */
const cronium = Object.freeze({
  ...Object.fromEntries(
    Object.getOwnPropertyNames(Cronium.prototype)
      .filter((name) => name !== "constructor")
      .map((name) => [name, async (...args) => client()[name](...args)]),
  ),
  info: () => selfCheck(client),
});

module.exports = Object.assign(Cronium, {
  ...cronium,
  cronium,
  Cronium,
  CroniumError,
  CroniumAPIError,
  CroniumTimeoutError,
});
