import type { FastifyReply, FastifyRequest } from "fastify";
import { CONTEXT, INPUT, KEYS, SUCCESS, TOOL_RESULT, VARIABLE } from "./answers";
import { append, entityTag, ifMatch, increment, noVariable, remove, replace } from "./changes";
import type { JsonText } from "./json-text";
import { jsonText } from "./json-text";
import type { ExecutionBudget } from "./limits";
import type { Operation, Operations } from "./operations";
import type { ObjectSchema } from "./schemas";
import type { Caller, Change, ExecutionContext, Store } from "./store";

const DONE = '{"success":true}';
const NULL = "null" as JsonText;
const EMPTY = '""' as JsonText;
const KEYS_A_PAGE = 100;

/** What jobs can do, under /executions (contract, "HTTP, port 8081"). */
export function executionOperations(store: Store, budget: ExecutionBudget): Operations {
  return {
    "/executions/{id}/input": {
      GET: {
        summary: "The execution's input",
        answer: INPUT,
        run: async (request) => {
          const input = await store.input(callerOf(request));
          return input === undefined ? DONE : success(input);
        },
      },
    },
    "/executions/{id}/output": {
      POST: {
        summary: "Sets the execution's output",
        body: body({ data: { description: "any value; null if it is missing" } }),
        answer: SUCCESS,
        run: async (request, _reply, { data = NULL }) => {
          await store.setOutput(callerOf(request), data);
          return DONE;
        },
      },
    },
    "/executions/{id}/condition": {
      POST: {
        summary: "Sets the execution's condition",
        body: body({ condition: { type: "boolean", description: "true or false" } }),
        answer: SUCCESS,
        run: async (request, _reply, { condition }) => {
          await store.setCondition(callerOf(request), condition === "true");
          return DONE;
        },
      },
    },
    "/executions/{id}/context": {
      GET: {
        summary: "What the execution is, for whom and why",
        answer: CONTEXT,
        run: async (request) => success(contextText(await store.context(callerOf(request)))),
      },
    },
    "/executions/{id}/variables": { GET: listKeys(store) },
    "/executions/{id}/variables/{key}": variable(store, budget),
    "/executions/{id}/variables/{key}/increment": {
      POST: {
        summary: "Adds to an integer, as one step",
        description: "A variable that does not exist counts as 0. One that is not an integer: 409.",
        body: body({ by: { type: "integer", description: "an integer of at most 1000 digits; 1 if it is missing" } }),
        ifMatch: true,
        etag: true,
        answer: VARIABLE,
        run: (request, reply, { by = "1" as JsonText }) =>
          changed(store, budget, request, reply, increment(integer(by))),
      },
    },
    "/executions/{id}/variables/{key}/append": {
      POST: {
        summary: "Appends to a text, as one step",
        description: "The variable is a string from then on; what is not one counts as its JSON text.",
        body: body({
          value: { description: "any value; what is not a string counts as its JSON text" },
          separator: { type: "string", description: "a string; it comes between two texts, not before the first" },
        }),
        ifMatch: true,
        etag: true,
        answer: VARIABLE,
        run: (request, reply, { value = EMPTY, separator = EMPTY }) =>
          changed(store, budget, request, reply, append(value, separator)),
      },
    },
  };
}

/** Tool actions, under /tool-actions. */
export function toolOperations(store: Store): Operations {
  return {
    "/tool-actions/execute": {
      POST: {
        summary: "Has the backend do a tool's action",
        description:
          "Never done twice: it is only tried again with the header Idempotency-Key, which the backend sees.",
        body: body(
          {
            tool: { type: "string", description: "a string, such as email" },
            action: { type: "string", description: "a string, such as send_message" },
            params: { description: "any value, {} if it is missing" },
            config: { description: "another name of params" },
          },
          ["tool", "action"],
        ),
        answer: TOOL_RESULT,
        run: (request, _reply, { tool, action, params, config }) => {
          const idempotencyKey = request.headers["idempotency-key"];
          return store.executeTool(callerOf(request), {
            tool: JSON.parse(tool as string) as string,
            action: JSON.parse(action as string) as string,
            params: params ?? config ?? ("{}" as JsonText),
            ...(typeof idempotencyKey === "string" && { idempotencyKey }),
          });
        },
      },
    },
  };
}

function variable(store: Store, budget: ExecutionBudget): Record<string, Operation> {
  return {
    GET: {
      summary: "A variable's value",
      answer: VARIABLE,
      etag: true,
      run: async (request, reply) => {
        const key = keyOf(request);
        const value = await store.variable(callerOf(request), key);
        if (value === undefined) throw noVariable(key);
        return variableText(reply, key, value);
      },
    },
    PUT: {
      summary: "Sets a variable",
      body: body({ value: { description: "any value; null if it is missing" } }),
      ifMatch: true,
      etag: true,
      answer: SUCCESS,
      run: async (request, reply, { value = NULL }) => {
        const [caller, key, tags] = [callerOf(request), keyOf(request), request.headers["if-match"]];
        budget.key(caller.executionId, key);
        if (tags === undefined) await store.setVariable(caller, key, value);
        else await store.changeVariable(caller, key, ifMatch(tags, replace(value)));
        reply.header("etag", entityTag(value));
        return DONE;
      },
    },
    DELETE: {
      summary: "Removes a variable",
      ifMatch: true,
      answer: SUCCESS,
      run: async (request) => {
        const [caller, key, tags] = [callerOf(request), keyOf(request), request.headers["if-match"]];
        if (tags !== undefined) await store.changeVariable(caller, key, ifMatch(tags, remove(key)));
        else if (!(await store.deleteVariable(caller, key))) throw noVariable(key);
        return DONE;
      },
    },
  };
}

function listKeys(store: Store): Operation {
  return {
    summary: "The keys of the user's variables, a page at a time",
    query: {
      type: "object",
      properties: {
        after: { type: "string", description: "a key: the page starts after it" },
        limit: { type: "integer", minimum: 1, maximum: 1000, description: "a whole number from 1 to 1000" },
      },
    },
    answer: KEYS,
    run: async (request, _reply, { after, limit }) => {
      const count = limit === undefined ? KEYS_A_PAGE : Number(limit);
      const start = after === undefined ? undefined : (JSON.parse(after) as string);
      const found = await store.variableKeys(callerOf(request), start, count + 1);
      const keys = found.slice(0, count);
      return success(JSON.stringify({ keys, next: found.length > count ? keys.at(-1) : null }));
    },
  };
}

async function changed(
  store: Store,
  budget: ExecutionBudget,
  request: FastifyRequest,
  reply: FastifyReply,
  change: Change,
): Promise<string> {
  const [caller, key, tags] = [callerOf(request), keyOf(request), request.headers["if-match"]];
  budget.key(caller.executionId, key);
  const value = await store.changeVariable(caller, key, tags === undefined ? change : ifMatch(tags, change));
  return variableText(reply, key, value as JsonText);
}

function variableText(reply: FastifyReply, key: string, value: JsonText): string {
  reply.header("etag", entityTag(value));
  return success(`{"key":${jsonText(key)},"value":${value}}`);
}

function body(properties: ObjectSchema["properties"], required: readonly string[] = []): ObjectSchema {
  return { type: "object", properties, required };
}

/** JSON may write an integer as 1e3 or 1.0. */
function integer(text: JsonText): bigint {
  return BigInt(/^-?\d+$/.test(text) ? text : Number(text));
}

function callerOf({ caller }: FastifyRequest): Caller {
  if (caller === undefined) throw new Error("a route for callers was reached without authentication");
  return caller;
}

function keyOf(request: FastifyRequest): string {
  return (request.params as { key: string }).key;
}

function success(data: string): string {
  return `{"success":true,"data":${data}}`;
}

function contextText({ metadata, event, user, ...context }: ExecutionContext): string {
  const members = [
    JSON.stringify(context).slice(1, -1),
    `"metadata":${metadata}`,
    ...(event === undefined ? [] : [`"event":${event}`]),
    ...(user === undefined ? [] : [`"user":${user}`]),
  ];
  return `{${members.join(",")}}`;
}
