import { createServer } from "node:http";

/** What the runtime API is compared with: node:http alone, which reads the request and answers with a constant. */
const answer = '{"success":true,"data":{"key":"k-00","value":{"n":41,"text":"a value of usual size"}}}';

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    response.writeHead(200, {
      "content-type": "application/json; charset=utf-8",
      "content-length": Buffer.byteLength(answer),
    });
    response.end(answer);
  });
}).listen(0, "127.0.0.1", () => process.send?.((server.address() as { port: number }).port));
