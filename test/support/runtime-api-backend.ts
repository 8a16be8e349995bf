import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { text } from "node:stream/consumers";

/** A request that the backend got. */
export interface Received {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** What to do with a request instead of answering it; undefined answers it. */
export type Fault = (received: Received, response: ServerResponse) => boolean | undefined;

/**
 * The known backend (contract, "The backend"): a variable's value is kept as text, null refused; no DELETE, no list; tool
 * actions are a 404 that is not JSON, unless `tools` answers them; what it does not know is null.
 */
export class FakeBackend {
  readonly received: Received[] = [];
  /** Members of an execution's context, or its whole text. */
  readonly contexts = new Map<string, object | string>();
  readonly outputs = new Map<string, string>();
  readonly conditions = new Map<string, string>();
  readonly audits: Record<string, unknown>[] = [];
  /** Tried for each request first. */
  fault: Fault = () => undefined;
  tools: ((body: string) => [status: number, body: string]) | undefined;
  readonly #db: DatabaseSync;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  readonly #host: string;

  /**
   * @param file keeps variables and audit records over a kill; in memory without it
   * @param host address to listen at
   */
  constructor(file = ":memory:", host = "127.0.0.1") {
    this.#host = host;
    this.#db = new DatabaseSync(file);
    this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS variables (user TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (user, key));
      CREATE TABLE IF NOT EXISTS audits (body TEXT NOT NULL);`);
  }

  get url(): string {
    return `http://${this.#host}:${this.#port}`;
  }

  /** Listens, on the port that it had before if there was one. */
  async start(port = this.#port): Promise<this> {
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    this.#server.listen(port, this.#host);
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Goes away as a killed one does: connections are reset, new ones refused. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server.close(), "close");
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  /** The text that is kept of a variable. */
  text(user: string, key: string): string | undefined {
    const row = this.#db.prepare("SELECT value FROM variables WHERE user = ? AND key = ?").get(user, key);
    return (row as { value: string } | undefined)?.value;
  }

  /** What somebody else than a runtime API writes. */
  set(user: string, key: string, value: string): void {
    this.#db.prepare("INSERT OR REPLACE INTO variables VALUES (?, ?, ?)").run(user, key, value);
  }

  auditCount(): number {
    return (this.#db.prepare("SELECT COUNT(*) AS count FROM audits").get() as { count: number }).count;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = request;
    const body = await text(request).catch(() => undefined);
    if (body === undefined) return;
    const received = { method, path: url, headers, body };
    this.received.push(received);
    if (this.fault(received, response)) return;
    const [status, answer] = this.#answer(received);
    response.writeHead(status, { "content-type": answer.startsWith("<") ? "text/html" : "application/json" });
    response.end(answer);
  }

  #answer({ method, path, body }: Received): [status: number, body: string] {
    const [area, ...parts] = path.replace("/api/internal/", "").split("/").map(decodeURIComponent) as [
      string,
      ...string[],
    ];
    const call = `${method} ${area}${area === "executions" ? ` ${parts[1]}` : ""}`;
    const [first = "", second = ""] = parts;
    switch (call) {
      case "GET executions context": {
        const context = this.contexts.get(first);
        if (context === undefined) return [404, '{"error":"Execution not found"}'];
        if (typeof context === "string") return [200, context];
        const unknown = { eventId: null, event: null, user: null, metadata: {} };
        return [200, JSON.stringify({ executionId: first, ...unknown, ...context })];
      }
      case "POST executions output":
        this.outputs.set(first, body);
        return DONE;
      case "POST executions condition":
        this.conditions.set(first, body);
        return DONE;
      case "GET variables": {
        const value = this.text(first, second);
        const updatedAt = "2026-01-01T00:00:00.000Z";
        return value === undefined
          ? [404, '{"error":"Variable not found"}']
          : [200, JSON.stringify({ key: second, value, updatedAt })];
      }
      case "PUT variables": {
        const { value } = JSON.parse(body) as { value: unknown };
        const kept = typeof value === "object" && value !== null ? JSON.stringify(value) : value;
        // A database's text column takes neither.
        if (kept === null || kept === undefined || String(kept).includes("\u0000"))
          return [500, '{"error":"Internal server error"}'];
        this.set(first, second, String(kept));
        return DONE;
      }
      case "POST audit":
        this.audits.push(JSON.parse(body) as Record<string, unknown>);
        this.#db.prepare("INSERT INTO audits VALUES (?)").run(body);
        return DONE;
      case "POST tools":
        return this.tools?.(body) ?? [404, "<!DOCTYPE html><title>404</title>"];
      default:
        return [404, "<!DOCTYPE html><title>404</title>"];
    }
  }
}

const DONE: [number, string] = [200, '{"success":true}'];
