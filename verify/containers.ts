import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type Dockerode from "dockerode";
import type { Docker } from "../docker/client";

/** How a command ended in a container; status 127 if it could not be started. */
export interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

/** Starts containers of the image that is checked. */
export interface Containers {
  /** Runs a command through the image's entrypoint, locked down, to its end. */
  run(command: readonly string[]): Promise<Ran>;
  /** Starts a command, waits until it has printed a line, asks it to stop; returns how many seconds that took. */
  stop(command: readonly string[]): Promise<{ seconds: number } | Ran>;
}

const MEBIBYTE = 1024 * 1024;

/** Seconds that a container may run, and that one gets after SIGTERM. */
const LIMIT_SECONDS = 60;
const GRACE_SECONDS = 2;

/**
 * Locked down as a job is (read-only root, no capability, no network, no new privileges, the image's own user). The engine
 * removes a container when it ends, and each is ended, so nothing is left behind.
 */
export function lockedContainers(docker: Docker, reference: string): Containers {
  const create = (command: readonly string[]) =>
    docker.createContainer({
      Image: reference,
      Cmd: [...command],
      Labels: { "dev.cronium.verify": reference },
      AttachStdout: true,
      AttachStderr: true,
      HostConfig: {
        AutoRemove: true,
        NetworkMode: "none",
        ReadonlyRootfs: true,
        Tmpfs: { "/tmp": "rw,noexec,nosuid,nodev,size=100m,mode=1777" },
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges"],
        Memory: 512 * MEBIBYTE,
        MemorySwap: 512 * MEBIBYTE,
        PidsLimit: 100,
      },
    });

  const start = async (command: readonly string[]) => {
    const container = await create(command);
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const [out, error] = [new PassThrough(), new PassThrough()];
    container.modem.demuxStream(stream, out, error);
    stream.once("end", () => {
      out.end();
      error.end();
    });
    const ended = container.wait({ condition: "removed" }) as Promise<{ StatusCode: number }>;
    ended.catch(() => undefined);
    const timer = setTimeout(() => container.kill().catch(() => undefined), LIMIT_SECONDS * 1000);
    try {
      await container.start();
    } catch (failure) {
      clearTimeout(timer);
      await container.remove({ force: true }).catch(() => undefined);
      const { statusCode } = failure as { statusCode?: number };
      if (statusCode === undefined) throw failure;
      return { failed: { status: 127, stdout: "", stderr: (failure as Error).message } };
    }
    ended.finally(() => clearTimeout(timer)).catch(() => undefined);
    return { container, out, error, ended };
  };

  return {
    async run(command) {
      const started = await start(command);
      if ("failed" in started) return started.failed as Ran;
      const [stdout, stderr, { StatusCode }] = await Promise.all([
        text(started.out),
        text(started.error),
        started.ended,
      ]);
      return { status: StatusCode, stdout, stderr };
    },
    async stop(command) {
      const started = await start(command);
      if ("failed" in started) return started.failed as Ran;
      const { container, out, error, ended } = started;
      const stderr = text(error);
      const first = await firstLine(out);
      if (first === undefined) return { status: (await ended).StatusCode, stdout: "", stderr: await stderr };
      const before = performance.now();
      await container.stop({ t: GRACE_SECONDS }).catch(ignoreGone);
      await ended;
      return { seconds: (performance.now() - before) / 1000 };
    },
  };
}

/** Undefined if the stream ends before there is a line. */
async function firstLine(stream: PassThrough): Promise<string | undefined> {
  let said = "";
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    if (said.includes("\n")) {
      stream.resume();
      return said;
    }
  }
  return undefined;
}

/** It ended, and was removed, by itself. */
function ignoreGone(error: Dockerode.ContainerStopOptions & { statusCode?: number }): void {
  if (error.statusCode !== 404 && error.statusCode !== 304) throw error;
}
