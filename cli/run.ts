import { dockerClient, unreachable } from "../docker/client";
import { resolveDockerHost } from "../docker/host";
import { CliError, say } from "./errors";
import { type JobRequest, parseRequest } from "./job/arguments";
import { type JobEnd, runJob } from "./job/container";
import { sweepRuns } from "./job/network";
import { commandFor } from "./job/script";
import { type Execution, type Report, Sidecar } from "./job/sidecar";
import { type Part, write } from "./job/streams";
import { stackOutputs } from "./outputs";
import { pulumiFor } from "./pass-through";
import { projectRoot } from "./paths";
import { dockerSettings, readSettings } from "./settings";
import { plainName } from "./stacks";

/** `cronium run`: runs a script as a job and prints what it prints, its output, condition and changed variables. */
export async function command(args: readonly string[]): Promise<number> {
  const request = parseRequest(args);
  if (request === undefined) return 0;
  const stopped = new AbortController();
  const off = onSignals((status) => stopped.abort(new CliError("stopped", status)));
  // A failed write rejects where it was made; without a listener its event would end the process before it has cleaned up.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  try {
    return await runRequest(request, stopped);
  } finally {
    off();
  }
}

async function runRequest(request: JobRequest, stopped: AbortController): Promise<number> {
  const root = projectRoot();
  const at = resolveDockerHost(dockerSettings(readSettings(root, plainName(request.stack))));
  const docker = await dockerClient(at);
  const [outputs] = await Promise.all([
    pulumiFor(plainName(request.stack)).then((pulumi) => stackOutputs(pulumi, root, request.stack)),
    sweepRuns(docker).catch((error: unknown) => {
      throw unreachable(error, at);
    }),
  ]);
  const image = outputs.imageRefs[request.language];
  if (image === undefined) {
    throw new CliError(
      `stack ${request.stack} has no image ${request.language}: ./cronium up --stack ${request.stack} makes it`,
    );
  }
  const sidecar = new Sidecar(docker, outputs.runtimeApi.containerId);
  const ttl = Math.ceil(request.timeoutSeconds) + 60;
  const execution = await sidecar.register(request.user, ttl, request.input);
  try {
    const printer = new Printer(request.json);
    const end = await runJob(
      docker,
      {
        executionId: execution.executionId,
        image,
        command: commandFor(request.language, request.script),
        env: environment(request, execution, outputs.runtimeApi.url),
        timeoutSeconds: request.timeoutSeconds,
        sidecar: sidecar.id,
      },
      (part) => printer.take(part).catch((error: unknown) => stopOnClosedPipe(error, stopped)),
      stopped.signal,
    );
    // What the job left is read while its container goes.
    end.removed.catch(() => undefined);
    if (end.timedOut) say(`the job was stopped after ${request.timeoutSeconds} s (--timeout)`);
    if (end.outOfMemory) say("the job needed more than its 512 MB of memory and was killed");
    await printer.report(execution.executionId, end, await sidecar.show(execution.executionId));
    await Promise.all([end.removed, sidecar.expire(execution.executionId)]);
    return end.status;
  } catch (error) {
    await sidecar.expire(execution.executionId).catch(() => undefined);
    throw error;
  }
}

/** contract.md, "a job container": the user's own variables first. */
function environment({ env, language }: JobRequest, { executionId, jobId, token }: Execution, url: string): string[] {
  return [
    ...env,
    `CRONIUM_RUNTIME_API=${url}`,
    `CRONIUM_EXECUTION_TOKEN=${token}`,
    `CRONIUM_EXECUTION_ID=${executionId}`,
    `CRONIUM_JOB_ID=${jobId}`,
    `CRONIUM_JOB_TYPE=${language}`,
    "CRONIUM_EXECUTION_MODE=container",
  ];
}

/** Passes on what the job prints: to the same streams, or all to standard error where JSON is wanted on the other. */
class Printer {
  private readonly json: boolean;
  private atLineStart = true;

  constructor(json: boolean) {
    this.json = json;
  }

  async take({ source, data }: Part): Promise<void> {
    if (source === "stdout") this.atLineStart = data[data.length - 1] === 10;
    await write(source === "stderr" || this.json ? process.stderr : process.stdout, data);
  }

  /** Values are printed as the texts that they are, so that no number changes. */
  async report(executionId: string, end: JobEnd, { output, condition, variables }: Report): Promise<void> {
    const entries = [...variables];
    if (this.json) {
      const fields = [
        `"executionId":${JSON.stringify(executionId)}`,
        `"status":${end.status}`,
        `"timedOut":${end.timedOut}`,
        ...(output === undefined ? [] : [`"output":${output}`]),
        `"condition":${condition ?? "null"}`,
        `"variables":{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`,
      ];
      return write(process.stdout, `{${fields.join(",")}}\n`);
    }
    const lines = [
      `output: ${output ?? "none"}`,
      `condition: ${condition ?? "none"}`,
      ...(entries.length === 0 ? ["variables: none"] : []),
      ...entries.map(([key, value]) => `variable ${key}: ${value}`),
    ];
    await write(process.stdout, `${this.atLineStart ? "" : "\n"}${lines.join("\n")}\n`);
  }
}

/** A reader that went away (`| head`) ends the job as it would end a program: SIGPIPE. */
function stopOnClosedPipe(error: unknown, stopped: AbortController): void {
  if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  stopped.abort(new CliError("", 128 + 13));
}

function onSignals(stop: (status: number) => void): () => void {
  const handlers = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) => {
    const status = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal];
    const handler = () => stop(status);
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  return () => {
    for (const off of handlers) off();
  };
}
