import { connect, type Socket } from "node:net";

/** What many connections got of one server. */
export interface Load {
  /** Answers a second. */
  rate: number;
  /** Milliseconds from a request to its whole answer. */
  p50: number;
  p99: number;
  /** All answers, those of the warm-up too. */
  answers: number;
  /** Answers whose status was not 200. */
  failed: number;
}

const SILENCE_MS = 10_000;
const HEAD_END = Buffer.from("\r\n\r\n");

/**
 * Keeps every connection busy with one request after the other, for `warmUpMs`, then measures for `ms`. It does as little
 * as it can for each answer: the servers are to be measured, not this.
 * @param requests one a connection, whole, as they go over the wire
 */
export async function load(port: number, requests: readonly Buffer[], warmUpMs: number, ms: number): Promise<Load> {
  const latencies: number[] = [];
  let answers = 0;
  let failed = 0;
  const start = performance.now() + warmUpMs;
  const end = start + ms;
  await Promise.all(requests.map((request) => drive(port, request)));
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  return { rate: latencies.length / (ms / 1000), p50: at(0.5), p99: at(0.99), answers, failed };

  function drive(to: number, request: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket: Socket = connect({ port: to, host: "127.0.0.1", noDelay: true });
      let sent = 0;
      let pending: Buffer | undefined;
      const send = () => {
        sent = performance.now();
        socket.write(request);
      };
      socket.on("connect", send);
      socket.on("error", reject);
      socket.setTimeout(SILENCE_MS, () => reject(new Error(`no answer within ${SILENCE_MS} ms`)));
      socket.on("close", () => resolve());
      socket.on("data", (chunk) => {
        const data = pending === undefined ? chunk : Buffer.concat([pending, chunk]);
        const head = data.indexOf(HEAD_END);
        const whole = head >= 0 && data.length >= head + 4 + bodyLength(data.toString("latin1", 0, head));
        pending = whole ? undefined : data;
        if (!whole) return;
        const now = performance.now();
        answers++;
        if (data.toString("latin1", 9, 12) !== "200") failed++;
        if (sent >= start && now < end) latencies.push(now - sent);
        if (now < end) send();
        else socket.destroy();
      });
    });
  }
}

function bodyLength(head: string): number {
  return Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
}

// As a process of its own: {port, requests, warmUpMs, ms} comes as a message, what it measured goes back.
if (process.send) {
  process.once("message", (order: { port: number; requests: string[]; warmUpMs: number; ms: number }) => {
    load(
      order.port,
      order.requests.map((text) => Buffer.from(text)),
      order.warmUpMs,
      order.ms,
    ).then((measured) => {
      process.send?.(measured);
      process.disconnect();
    });
  });
}
