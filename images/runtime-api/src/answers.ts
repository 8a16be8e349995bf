import type { Schema } from "./schemas";

/** Schemas of what the API answers; one place, for the OpenAPI document. */

const ANY: Schema = {};

export function object(properties: Record<string, Schema>, required = Object.keys(properties)): Schema {
  return { type: "object", properties, required, additionalProperties: false };
}

export const SUCCESS = object({ success: { const: true } });

export function successWith(data: Schema): Schema {
  return object({ success: { const: true }, data });
}

/** `data` is missing where there is none. */
export const INPUT = object({ success: { const: true }, data: ANY }, ["success"]);

export const VARIABLE = successWith(object({ key: { type: "string" }, value: ANY }));

export const KEYS = successWith(
  object({ keys: { type: "array", items: { type: "string" } }, next: { type: ["string", "null"] } }),
);

export const CONTEXT = successWith(
  object(
    {
      ...Object.fromEntries(
        ["executionId", "jobId", "eventId", "eventName", "eventType", "userId", "startTime"].map((name) => [
          name,
          { type: "string" },
        ]),
      ),
      metadata: { type: "object", properties: { input: ANY } },
      event: { type: "object" },
      user: { type: "object" },
    },
    ["executionId", "jobId", "eventId", "eventName", "eventType", "userId", "startTime", "metadata"],
  ),
);

export const TOOL_RESULT: Schema = {
  type: "object",
  properties: {
    success: { type: "boolean" },
    data: ANY,
    error: { type: "string" },
    metadata: { type: ["object", "null"] },
  },
  required: ["success"],
};

export const HEALTH = object({ status: { const: "healthy" }, time: { type: "string", format: "date-time" } });

export const READY = object({ status: { const: "ready" }, time: { type: "string", format: "date-time" } });

export const FAILURE: Schema = {
  type: "object",
  properties: { error: { type: "string" }, message: { type: "string" } },
  required: ["error", "message"],
};
