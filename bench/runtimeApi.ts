import { type ChildProcess, execFileSync, fork, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Load } from "./load/client";

/**
 * Requests a second of the runtime API, as its image has it, with its SQLite store on a disk, beside a bare node:http
 * server that returns a constant: 50 connections of 50 executions, in turns, one server at a time. Prints medians.
 * Usage: node --import ./register.mjs bench/runtimeApi.ts [RUNS]
 */
const runs = Number(process.argv[2] ?? 5);
const quick = runs < 2;
const CONNECTIONS = 50;
const SECRET = "the secret of a measurement, 32 bytes or more";
const NODE = ["--import", "./register.mjs"];
const VALUE = '{"n":41,"text":"a value of usual size"}';

interface Scenario {
  name: string;
  /** The least share of the bare server's rate. */
  goal: number;
  request(connection: number): [method: string, path: string, body?: string];
}

const scenarios: Scenario[] = [
  { name: "GET variable", goal: 0.5, request: (n) => ["GET", `variables/k-${n}`] },
  { name: "GET input", goal: 0.5, request: () => ["GET", "input"] },
  { name: "PUT variable", goal: 0.35, request: (n) => ["PUT", `variables/k-${n}`, `{"value":${VALUE}}`] },
  { name: "PUT one hot key", goal: 0.35, request: () => ["PUT", "variables/hot", `{"value":${VALUE}}`] },
  { name: "POST output", goal: 0.35, request: () => ["POST", "output", `{"data":${VALUE}}`] },
];

const folder = mkdtempSync(join(tmpdir(), "cronium-bench-"));
const children: ChildProcess[] = [];

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

async function main(): Promise<void> {
  try {
    const bare = fork("bench/load/bare.ts", { execArgv: NODE });
    children.push(bare);
    const [barePort] = (await once(bare, "message")) as [number];
    const service = await startService();
    children.push(service.child);

    // Every variable exists before it is read.
    await measure(service.child, service.port, scenarios[2] as Scenario, 0, 300);
    console.log(`runtime API beside bare node:http, ${CONNECTIONS} connections, median of ${runs}`);
    console.log("                   requests/s       bare   ratio   goal   p50 ms   p99 ms   RSS MB   CPU us     bare");
    for (const scenario of scenarios) {
      const [ours, theirs]: [Measured[], Measured[]] = [[], []];
      for (let run = 0; run < runs; run++) {
        const [warmUp, ms] = quick ? [200, 500] : [500, 2000];
        theirs.push(await measure(bare, barePort, scenario, warmUp, ms));
        ours.push(await measure(service.child, service.port, scenario, warmUp, ms));
      }
      const of = (loads: Measured[], figure: keyof Measured) => median(loads.map((one) => one[figure]));
      const rate = of(ours, "rate");
      const failed = ours.reduce((sum, one) => sum + one.failed, 0);
      const figures = [
        rate.toFixed(0).padStart(10),
        of(theirs, "rate").toFixed(0).padStart(10),
        (rate / of(theirs, "rate")).toFixed(2).padStart(7),
        scenario.goal.toFixed(2).padStart(6),
        of(ours, "p50").toFixed(2).padStart(8),
        of(ours, "p99").toFixed(2).padStart(8),
        megabytes(service.child.pid as number, "VmRSS").padStart(8),
        of(ours, "cpuUs").toFixed(0).padStart(8),
        of(theirs, "cpuUs").toFixed(0).padStart(8),
      ];
      console.log(`  ${scenario.name.padEnd(16)} ${figures.join(" ")}${failed > 0 ? `   ${failed} FAILED` : ""}`);
    }
    console.log(
      `  RSS idle ${service.idleMb} MB, at most ${megabytes(service.child.pid as number, "VmHWM")} MB (goal under 100)`,
    );
    console.log(`  ready in ${service.readyMs.toFixed(0)} ms, node -e 0 takes ${nodeMs().toFixed(0)} ms`);
  } finally {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
}

async function startService() {
  execFileSync(process.execPath, ["build.mjs", folder, process.execPath], {
    cwd: "images/runtime-api",
    stdio: "inherit",
  });
  const port = 20_000 + (process.pid % 20_000);
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: "production",
    JWT_SECRET: SECRET,
    PORT: String(port),
    DATA_DIR: folder,
    OPERATOR_SOCKET: join(folder, "operator.sock"),
    RATE_LIMIT_PER_MIN: "10000000",
    EXECUTION_MAX_BYTES: "1000000000000",
  };
  // As the image starts it.
  const dockerfile = readFileSync("images/runtime-api/Dockerfile", "utf8");
  const command = JSON.parse(/^CMD (.*)$/m.exec(dockerfile)?.[1] ?? "[]") as string[];
  const [, name = "", value] = /^ENV (\w+)=(.*)$/m.exec(dockerfile) ?? [];
  const start = performance.now();
  const child = spawn(process.execPath, [...command.slice(1, -1), join(folder, "runtime-api.cjs")], {
    env: { ...env, [name]: value },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise<void>((resolve, reject) => {
    let text = "";
    child.once("exit", () => reject(new Error(`the runtime API ended: ${text}`)));
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk;
      if (text.includes('"msg":"ready"')) resolve();
    });
  });
  const readyMs = performance.now() - start;
  return { child, port, readyMs, idleMb: megabytes(child.pid as number, "VmRSS") };
}

interface Measured extends Load {
  /** Microseconds of a processor that the server took for an answer: what other programs do does not change it much. */
  cpuUs: number;
}

/** By a process of its own, so that a server has a processor for itself. */
async function measure(
  server: ChildProcess,
  port: number,
  { request }: Scenario,
  warmUpMs: number,
  ms: number,
): Promise<Measured> {
  const requests = Array.from({ length: CONNECTIONS }, (_, connection) => {
    const [method, path, body = ""] = request(connection);
    const id = `execution-${connection}`;
    return [
      `${method} /executions/${id}/${path} HTTP/1.1`,
      "Host: runtime-api:8081",
      `Authorization: Bearer ${token(id)}`,
      ...(body ? ["Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`] : []),
      "",
      body,
    ].join("\r\n");
  });
  const client = fork("bench/load/client.ts", { execArgv: NODE });
  const before = cpuMs(server.pid as number);
  client.send({ port, requests, warmUpMs, ms });
  const measured = await new Promise<Load>((resolve, reject) => {
    client.once("message", (load) => resolve(load as Load));
    client.once("exit", (status) => reject(new Error(`the client ended with status ${status}`)));
  });
  return { ...measured, cpuUs: ((cpuMs(server.pid as number) - before) * 1000) / measured.answers };
}

/** What a process took of the processors until now: proc(5), stat, utime and stime in hundredths of a second. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function token(executionId: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    executionId,
    userId: "user",
    jobId: "job",
    eventId: "",
    scope: "execution",
    iss: "cronium-orchestrator",
  };
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part({ ...claims, iat: now, exp: now + 3600 })}`;
  return `${signed}.${createHmac("sha256", SECRET).update(signed).digest("base64url")}`;
}

function megabytes(pid: number, figure: "VmRSS" | "VmHWM"): string {
  const kilobytes = Number(new RegExp(`${figure}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  return (kilobytes / 1024).toFixed(0);
}

function nodeMs(): number {
  const start = performance.now();
  execFileSync(process.execPath, ["-e", "0"]);
  return performance.now() - start;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
