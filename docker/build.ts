import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import type { Docker } from "./client";
import { listContext } from "./context";
import { BuildProgress } from "./progress";
import { openSession } from "./session";

/** What to build; only `context` is needed. */
export interface BuildOptions {
  /** Folder of the build context. */
  context: string;
  /** Path inside the context. Default: Dockerfile. */
  dockerfile?: string;
  /** Stage to build. Default: the last one. */
  target?: string;
  buildArgs?: Record<string, string>;
  labels?: Record<string, string>;
  /** Such as linux/arm64. Default: the engine's own. */
  platform?: string;
  /** Served to the steps that mount them, by id. */
  secrets?: Record<string, string>;
  noCache?: boolean;
  /** Gets each step and each line of output, for people to read. */
  onLine?: (line: string) => void;
  /** Aborting it stops the build on the engine. */
  signal?: AbortSignal;
}

/**
 * Builds an image with BuildKit and returns the engine's id of it; the image has no tag yet. Throws one error that shows
 * the failed step's command and its last lines. Needs no docker CLI.
 */
export async function buildImage(docker: Docker, options: BuildOptions): Promise<string> {
  const { context, dockerfile = "Dockerfile", signal } = options;
  const entries = await listContext(context, dockerfile);
  const session = await openSession(docker, { root: context, entries, secrets: options.secrets ?? {} });
  const progress = new BuildProgress(options.onLine);
  try {
    const query = {
      version: "2",
      remote: "client-session",
      session: session.id,
      dockerfile,
      rm: true,
      nocache: options.noCache ?? false,
      // Engines with BuildKit >= 0.11 take it for the image's time of creation; older ones ignore it.
      buildargs: { SOURCE_DATE_EPOCH: "0", ...options.buildArgs },
      labels: options.labels ?? {},
      ...(options.target ? { target: options.target } : {}),
      ...(options.platform ? { platform: options.platform } : {}),
    };
    const answer = await post(docker, { path: "/build?", options: { _query: query, _body: {} }, abortSignal: signal });
    return await follow(answer, progress);
  } catch (error) {
    signal?.throwIfAborted();
    const { code } = error as NodeJS.ErrnoException;
    throw code === "ECONNRESET" || code === "EPIPE" ? new EngineLostError("the connection broke") : error;
  } finally {
    session.close();
  }
}

/** The engine's connection broke before it had said how the build ended. */
export class EngineLostError extends Error {}

async function follow(answer: IncomingMessage, progress: BuildProgress): Promise<string> {
  let imageId: string | undefined;
  for await (const line of createInterface({ input: answer, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (!line.trim()) continue;
    const message = JSON.parse(line) as BuildMessage;
    if (message.error !== undefined) throw progress.failure(message.errorDetail?.message ?? message.error);
    if (message.id === "moby.buildkit.trace") progress.report(message.aux as string);
    else if (message.id === "moby.image.id") imageId = (message.aux as { ID: string }).ID;
  }
  if (!imageId) throw new EngineLostError("the answer ended early");
  return imageId;
}

interface BuildMessage {
  id?: string;
  aux?: unknown;
  error?: string;
  errorDetail?: { message?: string };
}

function post(docker: Docker, request: object): Promise<IncomingMessage> {
  const dial = { method: "POST", isStream: true, statusCodes: { 200: true, 500: "server error" }, ...request };
  return new Promise((resolve, reject) => {
    docker.modem.dial(dial as never, (error: unknown, answer: unknown) => {
      if (error) reject(error);
      else resolve(answer as IncomingMessage);
    });
  });
}
