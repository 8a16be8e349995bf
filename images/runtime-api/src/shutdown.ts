import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/**
 * Follows a server's connections from now on. The function returned closes it: no new connection, those without a
 * request in progress are closed at once (Node's own closeIdleConnections spares one that has sent nothing yet), the
 * others after their answer, and what is still there after `limitMs` is cut off.
 */
export function follow(app: FastifyInstance): (limitMs: number) => Promise<void> {
  const server: Server = app.server;
  const requests = new Map<Socket, number>();
  let closing = false;

  server.on("connection", (socket: Socket) => {
    requests.set(socket, 0);
    socket.once("close", () => requests.delete(socket));
  });
  server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    requests.set(socket, (requests.get(socket) ?? 0) + 1);
    response.once("close", () => {
      const left = (requests.get(socket) ?? 1) - 1;
      if (requests.has(socket)) requests.set(socket, left);
      if (closing && left === 0) socket.end();
    });
  });

  return async (limitMs) => {
    closing = true;
    const closed = app.close();
    for (const [socket, inProgress] of requests) if (inProgress === 0) socket.destroy();
    const cut = setTimeout(() => server.closeAllConnections(), limitMs);
    await closed;
    clearTimeout(cut);
  };
}
