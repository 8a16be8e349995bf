import * as grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { providerServer } from "./server";

// The engine asks for a stop through Cancel, and ends its plugins with SIGINT once nothing is under way: each second that
// this takes is a second at the end of every command. A terminal's Ctrl-C does not come here: plugins are a process group.
process.on("SIGINT", () => process.exit(0));
// An engine that was killed leaves no provider, and hence no running build, behind.
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(1), 1000).unref();

const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
server.addService(services.ResourceProviderService, providerServer(process.argv[2]));
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
