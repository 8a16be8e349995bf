import { createServer, request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { temporaryFolder } from "./engine";

/**
 * An engine's address that passes everything on to the engine at `host`, a unix:// one, but fails the requests whose method
 * and path match `fails`, as long as it is set.
 */
export async function faultyEngine(host: string): Promise<{ host: string; fails?: RegExp; remove(): void }> {
  const socketPath = host.slice("unix://".length);
  const folder = temporaryFolder();
  const socket = join(folder.path, "docker.sock");
  const server = createServer();
  const engine: Awaited<ReturnType<typeof faultyEngine>> = {
    host: `unix://${socket}`,
    remove() {
      server.closeAllConnections();
      server.close();
      folder.remove();
    },
  };
  server.on("request", (incoming, response) => {
    const { method, url, headers } = incoming;
    if (engine.fails?.test(`${method} ${url}`)) {
      response.writeHead(500, { "content-type": "application/json" }).end('{"message":"made to fail"}');
      return;
    }
    const passed = request({ socketPath, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    response.on("close", () => passed.destroy());
    incoming.pipe(passed);
  });
  server.on("upgrade", (incoming, client, head) => {
    const upstream = connect(socketPath, () => {
      const lines = incoming.rawHeaders.flatMap((text, i, all) => (i % 2 === 0 ? [`${text}: ${all[i + 1]}`] : []));
      const start = `${incoming.method} ${incoming.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
      // In one piece: an engine drops what comes with the request, but not what comes after it.
      upstream.write(Buffer.concat([Buffer.from(start), head]));
      upstream.pipe(client).pipe(upstream);
    });
    for (const end of [upstream, client]) end.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return engine;
}
