/** Sends messages to the Pulumi engine's display. */
export interface EngineLog {
  /** A line of progress at a resource; shown while it is worked on, kept nowhere. */
  status(urn: string, message: string): void;
}

let streams = 0;

/** Connects to the engine's log at the first message. */
export function engineLog(address: string): EngineLog {
  let sending: Promise<(urn: string, message: string) => void> | undefined;
  const connect = async () => {
    const grpc = await import("@grpc/grpc-js");
    const { default: services } = await import("@pulumi/pulumi/proto/engine_grpc_pb.js");
    const { default: messages } = await import("@pulumi/pulumi/proto/engine_pb.js");
    const client = new services.EngineClient(address, grpc.credentials.createInsecure());
    const streamOf = new Map<string, number>();
    return (urn: string, message: string) => {
      const request = new messages.LogRequest();
      if (!streamOf.has(urn)) streamOf.set(urn, ++streams);
      request.setSeverity(messages.LogSeverity.INFO);
      request.setUrn(urn);
      request.setMessage(message);
      request.setStreamid(streamOf.get(urn) as number);
      request.setEphemeral(true);
      client.log(request, () => undefined); // progress that cannot be shown is no reason to fail
    };
  };
  return {
    status(urn, message) {
      sending ??= connect();
      sending.then(
        (send) => send(urn, message),
        () => undefined,
      );
    },
  };
}
