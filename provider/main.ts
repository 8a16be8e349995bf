import grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { providerServer } from "./server";

// Ctrl-C reaches the whole process group; the engine asks for a stop through Cancel.
process.on("SIGINT", () => undefined);
// An engine that was killed leaves no provider, and hence no running build, behind.
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(1), 1000).unref();

const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
server.addService(services.ResourceProviderService, providerServer(process.argv[2]));
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
