// A stand-in for the runtime API that fails as it is told. It runs in a container of the nodejs image, so it imports nothing
// of the project. The path's first segment is TEST.STEPS: STEPS in base64url, one step an attempt, separated by |, the last
// one repeated; TEST tells the tests apart.
//   200            a success without data
//   NNN            this status, as the runtime API's errors are; NNN/S with Retry-After: S
//   date-NNN       this status, with a Retry-After that is a date in three seconds
//   html-NNN       this status with a page that is no JSON
//   variable-JSON  a success with this value of the variable k; chunked-JSON: in chunks; slow-JSON: byte by byte
//   raw-JSON       a success with this data
//   body-TEXT      200 with this body; junk: one that is no JSON; latin1: one that is no UTF-8; false: success is false
//   cut            an answer that is shorter than it says; reset: the connection is reset; nohttp: what is no HTTP
//   hang           no answer ever; drip: an answer that never ends
//   early-NNN      this status before the body is read; shut-NNN: it never is, and the connection is reset a moment later
// Every request is printed as a line of JSON.

import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";

const seen = new Map<string, number>();

createServer(async (request, response) => {
  const [, test = "", path = ""] = /^\/([^/]*)(.*)$/s.exec(request.url ?? "") ?? [];
  const steps = Buffer.from(test.split(".")[1] ?? "", "base64url")
    .toString()
    .split("|");
  const attempt = seen.get(test) ?? 0;
  seen.set(test, attempt + 1);
  const step = steps[Math.min(attempt, steps.length - 1)] ?? "200";
  const body = /^(early|shut)-/.test(step) ? "" : await text(request);
  const { method, headers } = request;
  const { authorization } = headers;
  console.log(JSON.stringify({ at: Date.now(), test, method, path, authorization, body: body.slice(0, 1000) }));
  answer(step, request, response);
}).listen(8081);

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function answer(step: string, request: IncomingMessage, response: ServerResponse): void {
  const [word = "", rest = ""] = step.split(/[-/](.*)/s);
  const variable = `{"success":true,"data":{"key":"k","value":${rest}}}`;
  switch (word) {
    case "reset":
      request.socket.resetAndDestroy();
      return;
    case "shut":
      request.socket.write(`HTTP/1.1 ${rest} Refused\r\nContent-Length: 2\r\n\r\n{}`);
      setTimeout(() => request.socket.resetAndDestroy(), 300);
      return;
    case "nohttp":
      request.socket.end("SSH-2.0-none\r\n\r\n");
      return;
    case "cut":
      response.writeHead(200, { "Content-Length": 99 });
      response.write('{"success":true', () => response.destroy());
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
    case "latin1":
      response.end(Buffer.from('{"success":true,"data":{"key":"k","value":"\xe9"}}', "latin1"));
      return;
    case "html":
      response.writeHead(Number(rest)).end("<p>an error of something else</p>");
      return;
    case "false":
      response.end(JSON.stringify({ success: false, message: "it did not work" }));
      return;
    case "body":
      response.end(rest);
      return;
    case "raw":
      response.end(`{"success":true,"data":${rest}}`);
      return;
    case "variable":
      response.end(variable);
      return;
    case "chunked":
      response.write(variable.slice(0, 50));
      response.end(variable.slice(50));
      return;
    case "slow":
      slowly(Buffer.from(variable), response);
      return;
    case "200":
      response.end('{"success":true}');
      return;
    case "date":
      refuse(Number(rest), { "Retry-After": new Date(Date.now() + 3000).toUTCString() });
      return;
    default:
      refuse(Number(word === "early" ? rest : word), word === "early" || !rest ? {} : { "Retry-After": rest });
  }

  function refuse(status: number, headers: Record<string, string>): void {
    response.writeHead(status, headers).end(JSON.stringify({ error: "Refused", message: `told to say ${step}` }));
  }
}

function slowly(body: Buffer, response: ServerResponse): void {
  response.writeHead(200, { "Content-Length": body.length });
  let at = 0;
  const timer = setInterval(() => {
    response.write(body.subarray(at, ++at));
    if (at < body.length) return;
    clearInterval(timer);
    response.end();
  }, 5);
}
