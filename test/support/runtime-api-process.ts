import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { pathToFileURL } from "node:url";
import { SECRET } from "./runtime-api";

const SOURCE = "images/runtime-api/src";
const NODE = ["--import", pathToFileURL("register.mjs").href];

/** The service as a process of its own, on a free port of this machine. */
export interface RunningService {
  child: ChildProcess;
  port: number;
  socket: string;
  /** What it logged and said so far. */
  printed: () => string;
  /** Sends a signal and waits for the end: [status, signal, ms it took]. */
  stop: (signal: NodeJS.Signals) => Promise<{ status: number | null; ms: number }>;
  /** `cronium-operator` with these words. */
  operator: (words: string[], input?: string) => { status: number | null; stdout: string; stderr: string };
}

/** Starts the service and waits until it is ready; throws what it printed if it ends instead. */
export async function startService(folder: string, environment: Record<string, string> = {}): Promise<RunningService> {
  for (let tried = 1; ; tried++) {
    try {
      return await startOnce(folder, environment);
    } catch (error) {
      // Between looking for a free port and listening on it somebody else may have taken it.
      if (tried === 5 || !(error as Error).message.includes("is in use")) throw error;
    }
  }
}

async function startOnce(folder: string, environment: Record<string, string>): Promise<RunningService> {
  const port = await freePort();
  const socket = `${folder}/operator.sock`;
  const env = {
    PATH: process.env.PATH,
    JWT_SECRET: SECRET,
    PORT: String(port),
    OPERATOR_SOCKET: socket,
    ...environment,
  };
  const child = spawn(process.execPath, [...NODE, `${SOURCE}/main.ts`], { env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  const ready = new Promise<void>((resolve, reject) => {
    const collect = (chunk: Buffer) => {
      text += chunk;
      if (text.includes('"msg":"ready"')) resolve();
    };
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
    child.once("exit", () => reject(new Error(`the service ended: ${text}`)));
  });
  await ready;
  return {
    child,
    port,
    socket,
    printed: () => text,
    stop: async (signal) => {
      const start = performance.now();
      const ended = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
      child.kill(signal);
      await ended;
      return { status: child.exitCode, ms: performance.now() - start };
    },
    operator: (words, input = "") =>
      spawnSync(process.execPath, [...NODE, `${SOURCE}/operator-cli.ts`, ...words], { env, input, encoding: "utf8" }),
  };
}

/** Runs the service with an environment with which it must not start. */
export function failToStart(environment: Record<string, string>): {
  status: number | null;
  stdout: string;
  stderr: string;
} {
  const env = { PATH: process.env.PATH, OPERATOR_SOCKET: "/nonexistent/operator.sock", ...environment };
  return spawnSync(process.execPath, [...NODE, `${SOURCE}/main.ts`], { env, encoding: "utf8", timeout: 30_000 });
}

/** Sends raw bytes and returns all that comes back until the other side closes. */
export function raw(port: number, ...parts: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = connect(port, "127.0.0.1");
    let text = "";
    connection.on("data", (chunk) => {
      text += chunk;
    });
    connection.on("error", reject);
    connection.on("close", () => resolve(text));
    for (const part of parts) connection.write(part);
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
