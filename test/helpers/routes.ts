// Requests that no helper makes, in this order, for an execution of their own.

import type { Store } from "./case";

interface Answer {
  status: number;
  /** How its body reads. */
  reads?: RegExp;
}

/** One request and its answer. */
export interface Route extends Answer {
  /** What goes wrong where this case fails. */
  what: string;
  method: string;
  /** Of the execution. */
  path: string;
  body?: string;
  headers?: Record<string, string>;
  /** Where the store makes a difference. */
  over?: Partial<Record<Store, Answer>>;
}

/** With several runtime APIs and nothing that they share but the backend. */
const NOT_ALONE: Route["over"] = {
  "backend, two replicas": { status: 503, reads: /try again/ },
};
const NO_LIST: Answer = { status: 404, reads: /does not list their keys/ };

export const routes: Route[] = [
  { what: "a variable is not written", method: "PUT", path: "/variables/a", body: '{"value":1.0}', status: 200 },
  { what: "a value's notation is lost", method: "GET", path: "/variables/a", status: 200, reads: /"value":1\.0}}$/ },
  {
    what: "a number that is no integer is incremented",
    method: "POST",
    path: "/variables/a/increment",
    body: "{}",
    status: 409,
    over: NOT_ALONE,
  },
  {
    what: "another value than the expected one is replaced",
    method: "PUT",
    path: "/variables/a",
    body: '{"value":2}',
    headers: { "if-match": '"another"' },
    status: 412,
    over: NOT_ALONE,
  },
  {
    what: "what is there is called missing",
    method: "PUT",
    path: "/variables/a",
    body: '{"value":3}',
    headers: { "if-match": "*" },
    status: 200,
    over: NOT_ALONE,
  },
  {
    what: "what is missing is called there",
    method: "DELETE",
    path: "/variables/no-such",
    headers: { "if-match": "*" },
    status: 412,
    over: NOT_ALONE,
  },
  {
    what: "the value that was expected is not replaced",
    method: "GET",
    path: "/variables/a",
    status: 200,
    reads: /"value":3}}$/,
    over: { "backend, two replicas": { status: 200, reads: /"value":1\.0}}$/ } },
  },
  {
    what: "keys are not listed",
    method: "GET",
    path: "/variables?limit=1",
    status: 200,
    reads: /"keys":\["a"\],"next":null/,
    over: {
      backend: NO_LIST,
      "Valkey before the backend, two replicas": NO_LIST,
      "backend, two replicas": NO_LIST,
    },
  },
  { what: "a variable is not deleted", method: "DELETE", path: "/variables/a", status: 200 },
  { what: "a variable is deleted twice", method: "DELETE", path: "/variables/a", status: 404 },
  { what: "a deleted variable is read", method: "GET", path: "/variables/a", status: 404 },
  { what: "a body that is no JSON is taken", method: "PUT", path: "/variables/a", body: '{"value":', status: 400 },
  { what: "a method that is none is taken", method: "PATCH", path: "/variables/a", body: "{}", status: 405 },
  {
    what: "a body over the limit is taken",
    method: "PUT",
    path: "/variables/a",
    body: `{"value":"${"x".repeat(16 * 1024 * 1024)}"}`,
    status: 413,
  },
  {
    what: "a context is without its ids",
    method: "GET",
    path: "/context",
    status: 200,
    reads: /"executionId":"[^"]+".*"userId":"user of routes"/,
  },
];
