import type { Duplex } from "node:stream";
import type Dockerode from "dockerode";
import type { Docker } from "../../docker/client";
import { seccompOption } from "../../docker/seccomp";
import { CliError } from "../errors";
import { projectRoot } from "../paths";
import { connectSidecar, makeNetwork, removeContainer, removeNetwork, runLabels, runName } from "./network";
import { demultiplex, type Part } from "./streams";

/** A job, ready to run. */
export interface Job {
  executionId: string;
  image: string;
  command: string[];
  env: string[];
  timeoutSeconds: number;
  /** The runtime API's container. */
  sidecar: string;
}

export interface JobEnd {
  /** Done when its container and network are gone. */
  removed: Promise<void>;
  /** The script's exit status, 124 after the timeout. */
  status: number;
  timedOut: boolean;
  outOfMemory: boolean;
}

/** Status of a job that ran out of time, as timeout(1) has it. */
export const TIMED_OUT = 124;

/**
 * Runs a job as contract.md's job container, on a network of its own, and removes both whatever happens.
 * @param take gets what it prints; the job waits while it is busy
 * @param signal stops the job; its reason is thrown once all is removed
 */
export async function runJob(
  docker: Docker,
  job: Job,
  take: (part: Part) => Promise<void>,
  signal: AbortSignal,
): Promise<JobEnd> {
  const until = Math.ceil(Date.now() / 1000 + job.timeoutSeconds + START_SECONDS);
  const made: { network?: string; container?: string } = {};
  const remove = async () => {
    if (made.container !== undefined) await removeContainer(docker, made.container);
    if (made.network !== undefined) await removeNetwork(docker, made.network);
  };
  try {
    const { User } = await imageConfig(docker, job.image);
    signal.throwIfAborted();
    made.network = await makeNetwork(docker, job.executionId, until);
    signal.throwIfAborted();
    await connectSidecar(docker, made.network, job.sidecar);
    signal.throwIfAborted();
    // Given as one object, dockerode would repeat it in the URL: too long for large scripts, and the token would be in logs.
    const options = { _query: { name: runName(job.executionId) }, _body: containerOptions(job, User, until) };
    const container = await docker.createContainer(options as Dockerode.ContainerCreateOptions);
    made.container = container.id;
    signal.throwIfAborted();
    return { ...(await watch(container, job.timeoutSeconds, take, signal)), removed: remove() };
  } catch (error) {
    await remove();
    throw error;
  }
}

const MEBIBYTE = 1024 * 1024;
const MEMORY_BYTES = 512 * MEBIBYTE;

/** How long a job may take to start, and a stopped one to end. */
const START_SECONDS = 60;
const GRACE_SECONDS = 2;

/** contract.md, "a job container". */
export function containerOptions(
  job: Job,
  user: string | undefined,
  until: number,
): Dockerode.ContainerCreateOptions & { HostConfig: Dockerode.HostConfig } {
  const [uid, gid = uid] = (user || "1000:1000").split(":");
  return {
    Image: job.image,
    Cmd: job.command,
    Env: job.env,
    User: `${uid}:${gid}`,
    WorkingDir: "/workspace",
    Labels: runLabels(job.executionId, until),
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      NetworkMode: runName(job.executionId),
      // Engines before 25.0.5 hand names that they do not know to the host's resolvers, from internal networks too
      // (CVE-2024-29018). Nothing answers here, and a job need not wait for it for long.
      Dns: ["127.0.0.1"],
      DnsOptions: ["timeout:1", "attempts:1"],
      ReadonlyRootfs: true,
      Tmpfs: {
        "/tmp": "rw,noexec,nosuid,nodev,size=100m,mode=1777",
        "/workspace": `rw,nosuid,nodev,size=100m,mode=0755,uid=${uid},gid=${gid}`,
      },
      Memory: MEMORY_BYTES,
      MemorySwap: MEMORY_BYTES,
      NanoCpus: 500_000_000,
      PidsLimit: 100,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges", seccompOption(projectRoot(), "job")],
      // What it prints is passed on; the engine need not keep it.
      LogConfig: { Type: "none", Config: {} },
    },
  };
}

async function imageConfig(docker: Docker, image: string): Promise<{ User?: string }> {
  try {
    return (await docker.getImage(image).inspect()).Config;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
    throw new CliError(`the engine has no image ${image}: run ./cronium up --refresh`);
  }
}

async function watch(
  container: Dockerode.Container,
  timeoutSeconds: number,
  take: (part: Part) => Promise<void>,
  signal: AbortSignal,
): Promise<Omit<JobEnd, "removed">> {
  // Attached and waited for before it starts, so that nothing it prints and no quick end is missed.
  const output = await container.attach({ stream: true, stdout: true, stderr: true });
  const ended = container.wait({ condition: "next-exit" }) as Promise<{ StatusCode: number }>;
  ended.catch(() => undefined);
  const printed = (async () => {
    for await (const part of demultiplex(output as Duplex)) {
      await take(part);
    }
  })();
  printed.catch(() => undefined);
  await container.start();
  const stop = () => container.stop({ t: GRACE_SECONDS }).catch(() => undefined);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    void stop();
  }, timeoutSeconds * 1000);
  const abort = () => void stop();
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    // A reader that fails, such as a closed pipe, ends the wait; the job's end alone does not, as output may follow.
    await Promise.all([printed, ended]);
    signal.throwIfAborted();
    const { StatusCode } = await ended;
    const { State } = await container.inspect();
    return { status: timedOut ? TIMED_OUT : StatusCode, timedOut, outOfMemory: State.OOMKilled };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}
