import { request } from "node:http";
import { OPERATOR_SOCKET } from "./socket";

const USAGE = `usage: cronium-operator register   reads one line of JSON: {"input":<any>,"userId":"...","jobId"?,"eventId"?,"ttlSeconds"?}
       cronium-operator show ID    prints input, output, condition and the variables that the execution set
       cronium-operator list       prints the executions that were not ended
       cronium-operator metrics    prints figures in Prometheus' text format
       cronium-operator expire ID  ends an execution: its token is refused, its input and output are deleted
Prints one line of JSON, metrics aside. Errors go to standard error, with status 1.
`;

run(process.argv.slice(2)).then(
  (line) => process.stdout.write(`${line}\n`),
  (error: Error) => {
    process.stderr.write(`cronium-operator: ${error.message}\n`);
    process.exitCode = 1;
  },
);

async function run([command, id, ...rest]: string[]): Promise<string> {
  const path = id === undefined ? "/executions" : `/executions/${encodeURIComponent(id)}`;
  if (rest.length === 0) {
    if (command === "register" && id === undefined) return call("POST", path, await firstLine());
    if (command === "list" && id === undefined) return call("GET", path);
    if (command === "metrics" && id === undefined) return call("GET", "/metrics");
    if (command === "show" && id) return call("GET", path);
    if (command === "expire" && id) return call("DELETE", path);
  }
  throw new Error(`unknown command\n${USAGE}`);
}

/** Only the first line: a client that execs through the Engine API may not be able to close standard input. */
async function firstLine(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    const end = chunk.indexOf("\n");
    chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
    if (end >= 0) break;
  }
  return Buffer.concat(chunks);
}

function call(method: string, path: string, body?: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: OPERATOR_SOCKET, method, path, headers: { host: "operator" } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(text);
        else reject(new Error((JSON.parse(text) as { message: string }).message));
      });
    });
    sent.on("error", (error) =>
      reject(new Error(`the runtime API does not answer at ${OPERATOR_SOCKET}: ${error.message}`)),
    );
    sent.end(body);
  });
}
