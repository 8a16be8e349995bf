import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import type { ServerDuplexStream, ServerUnaryCall, ServiceDefinition, sendUnaryData } from "@grpc/grpc-js";
import { buildkitType, loadMessages } from "./buildkit";
import type { Docker } from "./client";
import type { ContextEntry } from "./context";
import { type Packet, sendFiles } from "./filesync";

const FILES = "/moby.filesync.v1.FileSync/DiffCopy";
const SECRETS = "/moby.buildkit.secrets.v1.Secrets/GetSecret";
const HEALTH = "/grpc.health.v1.Health/Check";

/** A connection over which BuildKit asks this machine for what a build needs. */
export interface Session {
  /** The value of the build's `session` parameter. */
  id: string;
  close(): void;
}

/** What BuildKit may ask for. */
export interface Served {
  /** The folder of the context, and what of it there is to see. */
  root: string;
  entries: ContextEntry[];
  /** By the id that a step mounts: `RUN --mount=type=secret,id=...`. */
  secrets: Record<string, string>;
}

/**
 * Opens a BuildKit session that serves a context and secrets. A secret is in no cache key, history, layer or log of the
 * engine; an id that is not there is an absent file in the step, not an error.
 */
export async function openSession(docker: Docker, { root, entries, secrets }: Served): Promise<Session> {
  const grpc = await import("@grpc/grpc-js");
  await loadMessages();
  const id = randomUUID();
  const socket = await dialSession(docker, id);
  const server = new grpc.Server();
  server.createConnectionInjector(grpc.ServerCredentials.createInsecure()).injectConnection(socket);

  server.addService(service(FILES, "Packet", "Packet", true), {
    DiffCopy: (call: ServerDuplexStream<Packet, Packet>) => sendFiles(root, entries, call),
  });
  server.addService(service(SECRETS, "GetSecretRequest", "GetSecretResponse"), {
    GetSecret({ request }: ServerUnaryCall<{ ID: string }, unknown>, answer: sendUnaryData<{ data: Buffer }>) {
      const secret = secrets[request.ID];
      if (secret === undefined) answer({ code: grpc.status.NOT_FOUND, details: `no secret ${request.ID}` });
      else answer(null, { data: Buffer.from(secret) });
    },
  });
  // BuildKit drops a session whose health check fails.
  server.addService(service(HEALTH, "HealthCheckRequest", "HealthCheckResponse"), {
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
      // A key of its own for each build: BuildKit would take a file of the same size and time for one that it has.
      "X-Docker-Expose-Session-Sharedkey": id,
      "X-Docker-Expose-Session-Grpc-Method": [FILES, SECRETS, HEALTH],
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

/** Describes a service of one method by its path, as a .proto file would. */
function service(path: string, request: string, response: string, stream = false): ServiceDefinition {
  const [Request, Response] = [buildkitType(request), buildkitType(response)];
  return {
    [path.slice(path.lastIndexOf("/") + 1)]: {
      path,
      requestStream: stream,
      responseStream: stream,
      requestSerialize: (message: object) => Buffer.from(Request.encode(message).finish()),
      requestDeserialize: (bytes: Buffer) => Request.toObject(Request.decode(bytes), { defaults: true }),
      responseSerialize: (message: object) => Buffer.from(Response.encode(message).finish()),
      responseDeserialize: (bytes: Buffer) => Response.toObject(Response.decode(bytes)),
    },
  };
}
