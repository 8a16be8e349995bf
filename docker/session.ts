import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import type { ServerUnaryCall, ServiceDefinition, sendUnaryData } from "@grpc/grpc-js";
import { buildkitType } from "./buildkit";
import type { Docker } from "./client";

/** A connection over which BuildKit asks this machine for what a build needs. */
export interface Session {
  /** The value of the build's `session` parameter. */
  id: string;
  close(): void;
}

/**
 * Opens a BuildKit session that serves secrets by id (`RUN --mount=type=secret,id=...`). What goes this way is in no
 * cache key, history, layer or log of the engine. An id that is not there is an absent file in the step, not an error.
 */
export async function openSession(docker: Docker, secrets: Record<string, string>): Promise<Session> {
  const grpc = await import("@grpc/grpc-js");
  const id = randomUUID();
  const socket = await dialSession(docker, id);
  const server = new grpc.Server();
  server.createConnectionInjector(grpc.ServerCredentials.createInsecure()).injectConnection(socket);

  server.addService(service("moby.buildkit.secrets.v1.Secrets", "GetSecret", "GetSecretRequest", "GetSecretResponse"), {
    GetSecret({ request }: ServerUnaryCall<{ ID: string }, unknown>, answer: sendUnaryData<{ data: Buffer }>) {
      const secret = secrets[request.ID];
      if (secret === undefined) answer({ code: grpc.status.NOT_FOUND, details: `no secret ${request.ID}` });
      else answer(null, { data: Buffer.from(secret) });
    },
  });
  // BuildKit drops a session whose health check fails.
  server.addService(service("grpc.health.v1.Health", "Check", "HealthCheckRequest", "HealthCheckResponse"), {
    Check(_: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<{ status: number }>) {
      answer(null, { status: 1 });
    },
  });

  return {
    id,
    close() {
      server.forceShutdown();
      socket.destroy();
    },
  };
}

function dialSession(docker: Docker, id: string): Promise<Duplex> {
  const options = {
    method: "POST",
    path: "/session",
    hijack: true,
    headers: {
      Upgrade: "h2c",
      "X-Docker-Expose-Session-Uuid": id,
      "X-Docker-Expose-Session-Name": "cronium",
      "X-Docker-Expose-Session-Grpc-Method": [
        "/moby.buildkit.secrets.v1.Secrets/GetSecret",
        "/grpc.health.v1.Health/Check",
      ],
    },
    statusCodes: { 200: true, 500: "server error" },
  };
  return new Promise((resolve, reject) => {
    docker.modem.dial(options as never, (error: unknown, socket: unknown) => {
      if (error) return reject(error);
      const duplex = socket as Duplex;
      duplex.on("error", () => undefined); // the build's own connection reports an engine that went away
      resolve(duplex);
    });
  });
}

function service(name: string, method: string, request: string, response: string): ServiceDefinition {
  const [Request, Response] = [buildkitType(request), buildkitType(response)];
  return {
    [method]: {
      path: `/${name}/${method}`,
      requestStream: false,
      responseStream: false,
      requestSerialize: (message: object) => Buffer.from(Request.encode(message).finish()),
      requestDeserialize: (bytes: Buffer) => Request.toObject(Request.decode(bytes)),
      responseSerialize: (message: object) => Buffer.from(Response.encode(message).finish()),
      responseDeserialize: (bytes: Buffer) => Response.toObject(Response.decode(bytes)),
    },
  };
}
