import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";

type Properties = Record<string, unknown>;

/** What Diff answers, in plain. */
export interface Difference {
  changed: boolean;
  /** Property path -> [kind, whether it compares inputs]. */
  detailed: Record<string, [string, boolean]>;
  replaces: string[];
}

/** Calls one kind of resource of the provider as the Pulumi engine does, the real process over gRPC. */
export class ProviderClient {
  readonly urn: string;
  private readonly client: InstanceType<typeof services.ResourceProviderClient>;
  private readonly end: () => void;

  private constructor(client: ProviderClient["client"], urn: string, end: () => void) {
    this.client = client;
    this.urn = urn;
    this.end = end;
  }

  /** Starts the provider for an engine at `host`, in folder `cwd`; `config` is more of its configuration. */
  static async start(
    kind: string,
    host: string,
    cwd: string,
    { config = {}, env: more = {} }: { config?: Properties; env?: Record<string, string> } = {},
  ): Promise<ProviderClient> {
    const script = join(process.cwd(), "provider/pulumi-resource-cronium");
    const inherited = { ...process.env, ...more };
    const env = { ...inherited, PATH: `${join(process.execPath, "..")}:${inherited.PATH}` };
    const child = spawn(script, [], { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
    const [port] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), once(child, "exit")]);
    if (child.exitCode !== null) throw new Error(`the provider ended with status ${child.exitCode}`);
    const client = new services.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const urn = `urn:pulumi:test::test::pulumi:pulumi:Stack$cronium:index:${kind}::thing`;
    const started = new ProviderClient(client, urn, () => {
      client.close();
      child.kill("SIGINT");
    });
    const configure = new pb.ConfigureRequest();
    configure.setArgs(toStruct({ host, ...config }));
    await started.call("configure", configure);
    return started;
  }

  async check(
    olds: Properties | undefined,
    news: Properties,
  ): Promise<{ inputs: Properties; failures: Record<string, string> }> {
    const request = new pb.CheckRequest();
    request.setUrn(this.urn);
    if (olds) request.setOlds(toStruct(olds));
    request.setNews(toStruct(news));
    const answer = await this.call<pb.CheckResponse>("check", request);
    const failures = answer.getFailuresList().map((failure) => [failure.getProperty(), failure.getReason()]);
    return { inputs: fromStruct(answer.getInputs()), failures: Object.fromEntries(failures) };
  }

  async diff(state: Properties, olds: Properties, news: Properties): Promise<Difference> {
    const request = new pb.DiffRequest();
    request.setUrn(this.urn);
    request.setOlds(toStruct(state));
    request.setOldInputs(toStruct(olds));
    request.setNews(toStruct(news));
    const answer = await this.call<pb.DiffResponse>("diff", request);
    const kinds = Object.entries(pb.PropertyDiff.Kind);
    const detailed: Difference["detailed"] = {};
    answer.getDetaileddiffMap().forEach((entry, path) => {
      detailed[path] = [kinds.find(([, value]) => value === entry.getKind())?.[0] ?? "", entry.getInputdiff()];
    });
    const changed = answer.getChanges() === pb.DiffResponse.DiffChanges.DIFF_SOME;
    return { changed, detailed, replaces: answer.getReplacesList() };
  }

  async create(news: Properties, preview = false): Promise<{ id: string; state: Properties }> {
    const request = new pb.CreateRequest();
    request.setUrn(this.urn);
    request.setProperties(toStruct(news));
    request.setPreview(preview);
    const answer = await this.call<pb.CreateResponse>("create", request);
    return { id: answer.getId(), state: fromStruct(answer.getProperties()) };
  }

  /** Returns undefined for a resource that is gone. */
  async read(id: string, state: Properties, inputs: Properties): Promise<Properties | undefined> {
    const request = new pb.ReadRequest();
    request.setUrn(this.urn);
    request.setId(id);
    request.setProperties(toStruct(state));
    request.setInputs(toStruct(inputs));
    const answer = await this.call<pb.ReadResponse>("read", request);
    return answer.getId() ? fromStruct(answer.getProperties()) : undefined;
  }

  async update(
    id: string,
    state: Properties,
    olds: Properties,
    news: Properties,
    preview = false,
  ): Promise<Properties> {
    const request = new pb.UpdateRequest();
    request.setUrn(this.urn);
    request.setId(id);
    request.setOlds(toStruct(state));
    request.setOldInputs(toStruct(olds));
    request.setNews(toStruct(news));
    request.setPreview(preview);
    return fromStruct((await this.call<pb.UpdateResponse>("update", request)).getProperties());
  }

  async delete(id: string, state: Properties, inputs: Properties): Promise<void> {
    const request = new pb.DeleteRequest();
    request.setUrn(this.urn);
    request.setId(id);
    request.setProperties(toStruct(state));
    request.setOldInputs(toStruct(inputs));
    await this.call("delete", request);
  }

  async cancel(): Promise<void> {
    await this.call("cancel", new empty.Empty());
  }

  /** Ends the provider as the Pulumi engine does. */
  stop(): void {
    this.end();
  }

  private call<Response>(method: string, request: object): Promise<Response> {
    return new Promise((resolve, reject) => {
      const callback = (error: grpc.ServiceError | null, response: Response) =>
        error ? reject(error) : resolve(response);
      (this.client as unknown as Record<string, (request: object, callback: unknown) => void>)[method]?.(
        request,
        callback,
      );
    });
  }
}

/** What a failed Create or Update says of the resource that exists nevertheless; undefined if there is none. */
export function initFailure(error: unknown): { id: string; state: Properties } | undefined {
  const [bytes] = (error as grpc.ServiceError).metadata.get("grpc-status-details-bin");
  if (!bytes) return undefined;
  const [detail] = status.Status.deserializeBinary(bytes as Buffer).getDetailsList();
  const failed = pb.ErrorResourceInitFailed.deserializeBinary(detail?.getValue_asU8() as Uint8Array);
  return { id: failed.getId(), state: fromStruct(failed.getProperties()) };
}

function toStruct(properties: Properties): struct.Struct {
  return struct.Struct.fromJavaScript(properties as { [key: string]: struct.JavaScriptValue });
}

function fromStruct(properties: struct.Struct | undefined): Properties {
  return (properties?.toJavaScript() ?? {}) as Properties;
}
