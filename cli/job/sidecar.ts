import type { Duplex } from "node:stream";
import { type Docker, isNotFound } from "../../docker/client";
import { CliError } from "../errors";
import { members } from "./json";
import { demultiplex } from "./streams";

/** An execution that the runtime API knows, and the token that its job speaks with. */
export interface Execution {
  executionId: string;
  jobId: string;
  token: string;
}

/** What a job left behind in the runtime API; values are JSON texts as the job wrote them. */
export interface Report {
  output: string | undefined;
  condition: string | undefined;
  variables: Map<string, string>;
}

/** The operator's interface of a runtime API: a program in its container, which no network reaches. */
export class Sidecar {
  private readonly docker: Docker;
  /** The container's id. */
  readonly id: string;

  constructor(docker: Docker, id: string) {
    this.docker = docker;
    this.id = id;
  }

  /** @param input JSON text on one line */
  async register(user: string, ttlSeconds: number, input: string | undefined): Promise<Execution> {
    // The input goes in as it is: parsed and printed again, it could be another value.
    const facts = JSON.stringify({ userId: user, ttlSeconds });
    const line = input === undefined ? facts : `${facts.slice(0, -1)},"input":${input}}`;
    return JSON.parse(await this.operate(["register"], line)) as Execution;
  }

  async show(executionId: string): Promise<Report> {
    const report = members(await this.operate(["show", executionId]));
    const condition = report.get("condition");
    return {
      output: report.get("output"),
      condition: condition === "null" ? undefined : condition,
      variables: members(report.get("variables") ?? "{}"),
    };
  }

  /** Ends an execution: its token is worth nothing any more. */
  async expire(executionId: string): Promise<void> {
    await this.operate(["expire", executionId]);
  }

  private async operate(args: string[], line?: string): Promise<string> {
    try {
      const exec = await this.docker.getContainer(this.id).exec({
        Cmd: ["cronium-operator", ...args],
        AttachStdin: line !== undefined,
        AttachStdout: true,
        AttachStderr: true,
      });
      const stream: Duplex = await exec.start({ hijack: true, stdin: line !== undefined });
      if (line !== undefined) stream.end(`${line}\n`);
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      for await (const { source, data } of demultiplex(stream)) (source === "stdout" ? out : err).push(data);
      const { ExitCode } = await exec.inspect();
      if (ExitCode === 0) return Buffer.concat(out).toString("utf8").trim();
      throw new CliError(
        `the runtime API refused to ${args[0]}: ${Buffer.concat(err).toString("utf8").trim() || `status ${ExitCode}`}`,
      );
    } catch (error) {
      const status = (error as { statusCode?: number }).statusCode;
      if (!isNotFound(error) && status !== 409) throw error;
      throw new CliError(
        `the runtime API's container ${this.id.slice(0, 12)} ${status === 409 ? "is not running" : "is gone"}: ` +
          "run ./cronium up --refresh",
      );
    }
  }
}
