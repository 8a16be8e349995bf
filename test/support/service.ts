// A stand-in for the runtime API that fails as it is told. It runs in a container of the nodejs image, so it imports nothing
// of the project. The execution's id is its script: one step an attempt, separated by commas, the last one repeated.
// The path before /executions tells the tests apart.
//   200         the request is answered, with what it was as data
//   NNN         this status, as the runtime API's errors are; NNN/S with Retry-After: S
//   html-NNN    this status with a page that is no JSON
//   junk        200 with what is no JSON; false: 200 with success false
//   reset       the connection is reset; hang: no answer ever; drip: an answer that never ends
//   early-NNN   this status before the body is read
//   raw-TEXT    200 with TEXT as data, as it is
// Every request is printed as a line of JSON.

import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";

const seen = new Map<string, number>();

createServer(async (request, response) => {
  const [test = "", id = "200"] = (request.url ?? "").split("/executions/");
  const steps = decodeURIComponent(id.split("/")[0] ?? "").split(",");
  const attempt = seen.get(test) ?? 0;
  seen.set(test, attempt + 1);
  const step = steps[Math.min(attempt, steps.length - 1)] ?? "200";
  const body = step.startsWith("early-") ? "" : await text(request);
  const { method, url, headers } = request;
  console.log(
    JSON.stringify({ at: Date.now(), method, url, authorization: headers.authorization, body: body.slice(0, 1000) }),
  );
  answer(step, { method, url, body }, request, response);
}).listen(8081);

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function answer(step: string, echo: object, request: IncomingMessage, response: ServerResponse): void {
  const [word = "", rest = ""] = step.split(/[-/](.*)/s);
  switch (word) {
    case "reset":
      request.socket.resetAndDestroy();
      return;
    case "hang":
      return;
    case "drip":
      response.writeHead(200);
      setInterval(() => response.write(" "), 200);
      return;
    case "junk":
      response.end("<p>no JSON</p>");
      return;
    case "html":
      response.writeHead(Number(rest)).end("<p>an error of something else</p>");
      return;
    case "false":
      response.end(JSON.stringify({ success: false, message: "it did not work" }));
      return;
    case "raw":
      response.end(`{"success":true,"data":${rest}}`);
      return;
    case "200":
      response.end(JSON.stringify({ success: true, data: { value: echo } }));
      return;
    default:
      response.writeHead(
        Number(word === "early" ? rest : word),
        word === "early" || !rest ? {} : { "Retry-After": rest },
      );
      response.end(JSON.stringify({ error: "Refused", message: `told to say ${step}` }));
  }
}
