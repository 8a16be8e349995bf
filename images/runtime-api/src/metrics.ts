import { Counter, collectDefaultMetrics, Gauge, Histogram, register } from "prom-client";

/** Figures of this process, for Prometheus. They are read through the operator's interface only. */

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const requestSeconds = new Histogram({
  name: "runtime_api_request_seconds",
  help: "Requests of jobs, by method, route and status",
  labelNames: ["method", "route", "status"],
  buckets: SECONDS,
});

/** A transaction of the SQLite store, to the disk. */
export const commitSeconds = new Histogram({
  name: "runtime_api_commit_seconds",
  help: "Transactions of the SQLite store, until they are on the disk",
  buckets: SECONDS,
});

export const commitWrites = new Counter({
  name: "runtime_api_commit_writes_total",
  help: "Writes in the SQLite store's transactions",
});

export const storeFailures = new Counter({
  name: "runtime_api_store_failures_total",
  help: "Transactions of the SQLite store that failed",
});

/** One try of a call of the backend. `outcome` is its status, or error. */
export const backendSeconds = new Histogram({
  name: "runtime_api_backend_seconds",
  help: "Tries to call the backend, by call and outcome (status or error)",
  labelNames: ["call", "outcome"],
  buckets: SECONDS,
});

export const cacheReads = new Counter({
  name: "runtime_api_cache_reads_total",
  help: "Reads of the Valkey cache, by result: hit, miss or unavailable",
  labelNames: ["result"],
});

export const auditWaiting = new Gauge({
  name: "runtime_api_audit_waiting",
  help: "Audit records that the backend has not taken yet",
});

export const auditDropped = new Counter({
  name: "runtime_api_audit_dropped_total",
  help: "Audit records that found no room and were dropped",
});

type Child = ReturnType<typeof requestSeconds.labels>;
const children = new Map<string, Child>();

/** Counts a request; paths that are no route share one line. */
export function observeRequest(method: string, route = "none", status: number, ms: number): void {
  const name = `${method} ${route} ${status}`;
  let child = children.get(name);
  if (child === undefined) {
    child = requestSeconds.labels(method, route, String(status));
    children.set(name, child);
  }
  child.observe(ms / 1000);
}

/** Everything there is, in Prometheus' text format. */
export async function metricsText(): Promise<string> {
  return register.metrics();
}

/** Adds the process' own figures: memory, event loop, processor. */
export function observeProcess(): void {
  collectDefaultMetrics();
}
