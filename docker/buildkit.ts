import type protobuf from "protobufjs";

// The parts that are used of BuildKit's control.proto, secrets.proto and fsutil's wire.proto, and of gRPC's health.proto. Unknown fields are
// skipped, so newer engines' messages decode too.
const messages = `
syntax = "proto3";
message Status { repeated Vertex vertexes = 1; repeated Log logs = 3; }
message Vertex {
  string digest = 1; string name = 3; bool cached = 4; Timestamp started = 5; Timestamp completed = 6; string error = 7;
}
message Timestamp { int64 seconds = 1; int32 nanos = 2; }
message Log { string vertex = 1; bytes msg = 4; }
message Packet { int32 type = 1; Stat stat = 2; uint32 ID = 3; bytes data = 4; }
message Stat { string path = 1; uint32 mode = 2; int64 size = 5; string linkname = 7; }
message GetSecretRequest { string ID = 1; }
message GetSecretResponse { bytes data = 1; }
message HealthCheckRequest { string service = 1; }
message HealthCheckResponse { int32 status = 1; }
`;

let root: protobuf.Root | undefined;

/** Reads the messages' definitions; before anything else here, and once a process. */
export async function loadMessages(): Promise<void> {
  const { default: library } = await import("protobufjs");
  root ??= library.parse(messages).root;
}

/** A message type of BuildKit's wire format by its name. */
export function buildkitType(name: string): protobuf.Type {
  if (!root) throw new Error("loadMessages() was not called");
  return root.lookupType(name);
}

/** One step of a build, as BuildKit reports it. */
export interface Vertex {
  digest: string;
  name: string;
  cached: boolean;
  started?: object;
  completed?: object;
  error: string;
}

/** What BuildKit reports at once: steps that changed and output of running ones. */
export interface BuildStatus {
  vertexes: Vertex[];
  logs: { vertex: string; msg: Uint8Array }[];
}

/** Decodes the `aux` of a `moby.buildkit.trace` line. */
export function decodeStatus(base64: string): BuildStatus {
  const type = buildkitType("Status");
  const status = type.decode(Buffer.from(base64, "base64"));
  return type.toObject(status, { arrays: true, defaults: true }) as BuildStatus;
}
