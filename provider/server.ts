import type grpc from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { type Docker, dockerClient, explained } from "../docker/client";
import { type GivenLogin, loginFor, registryOf } from "../docker/credentials";
import { type DockerHost, resolveDockerHost } from "../docker/host";
import { readAuthorities } from "../docker/machine";
import { builderRoot } from "./builder-root";
import { detailedDiff } from "./diff";
import type { Failure } from "./fields";
import { image } from "./image";
import { engineLog } from "./log";
import { namespace } from "./namespace";
import { type Properties, unwrapSecrets } from "./properties";
import { type Call, PartialError, type ResourceKind } from "./resource";
import { checkResponse, diffResponse, fromStruct, initFailed, toStruct, unary } from "./wire";

/** The provider's version, as Pulumi shows it. */
export const VERSION = "0.1.0";

const kinds: Record<string, ResourceKind> = {
  "cronium:index:Namespace": namespace,
  "cronium:index:BuilderRoot": builderRoot,
  "cronium:index:Image": image,
};

/** The gRPC service that the Pulumi engine calls; `engineAddress` is where the engine takes log messages. */
export function providerServer(engineAddress: string | undefined): grpc.UntypedServiceImplementation {
  let log = engineAddress ? engineLog(engineAddress) : undefined;
  let at: DockerHost | undefined;
  let given: GivenLogin | undefined;
  let extraCa: string | undefined;
  let client: Promise<Docker> | undefined;
  const claimed = new Set<string>();
  const stop = new AbortController();

  /** Runs a step of a resource's life with its properties in plain; nothing that is shown has a secret in it. */
  const step = async <T>(
    urn: string,
    raw: Properties[],
    work: (kind: ResourceKind, call: Call, ...plain: Properties[]) => Promise<T>,
  ): Promise<T> => {
    const secrets = given ? [given.password] : [];
    const plain = raw.map((properties) => unwrapSecrets(properties, secrets) as Properties);
    const redact = (text: string) => secrets.reduce((shown, secret) => shown.replaceAll(secret, "[secret]"), text);
    const address = at ?? resolveDockerHost();
    const docker = () => {
      client ??= dockerClient(address);
      return client;
    };
    const login = (reference: string) => loginFor(registryOf(reference), given);
    const progress = (line: string) => log?.status(urn, redact(line));
    try {
      const call = { urn, at: address, docker, extraCa, login, signal: stop.signal, progress, claimed };
      return await work(kindOf(urn), call, ...plain);
    } catch (error) {
      const failure = explained(error instanceof PartialError ? error.cause : error, address);
      failure.message = redact(failure.message);
      if (!(error instanceof PartialError)) throw failure;
      throw initFailed(failure.message, error.existing.id, { ...raw.at(-1), ...error.existing.outputs });
    }
  };

  return {
    handshake: unary((request: pb.ProviderHandshakeRequest) => {
      log = engineLog(request.getEngineAddress());
      const response = new pb.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      return response;
    }),

    attach: unary((request: plugin.PluginAttach) => {
      log = engineLog(request.getAddress());
      return new empty.Empty();
    }),

    getPluginInfo: unary(() => {
      const response = new plugin.PluginInfo();
      response.setVersion(VERSION);
      return response;
    }),

    getSchema: unary(() => {
      const response = new pb.GetSchemaResponse();
      response.setSchema(JSON.stringify({ name: "cronium", version: VERSION }));
      return response;
    }),

    checkConfig: unary((request: pb.CheckRequest) => {
      const news = fromStruct(request.getNews());
      const config = unwrapSecrets(news) as Record<string, string | undefined>;
      const refused = (property: string, check: () => void): Failure[] => {
        try {
          check();
          return [];
        } catch (error) {
          return [{ property, reason: (error as Error).message }];
        }
      };
      return checkResponse(news, [
        ...refused("host", () => resolveDockerHost(config)),
        ...refused("extraCa", () => config.extraCa !== undefined && readAuthorities(config.extraCa)),
      ]);
    }),

    // Another address is no reason to replace what is on the engine behind it, and differs with who asks.
    diffConfig: unary((request: pb.DiffRequest) => {
      const [olds, news] = [request.getOlds(), request.getNews()].map((given) => ({
        extraCa: fromStruct(given).extraCa,
      }));
      return diffResponse(detailedDiff(olds as Properties, news as Properties), []);
    }),

    configure: unary((request: pb.ConfigureRequest) => {
      const config = unwrapSecrets(fromStruct(request.getArgs())) as Record<string, string | undefined>;
      const { host, certPath, registry, registryUser: username, registryPassword: password } = config;
      // The program found it out and names it here: where it came from is not known any more.
      at = { ...resolveDockerHost({ host, certPath }), source: "the stack's engine" };
      extraCa = config.extraCa;
      given =
        registry && username && password ? { registry: registryOf(`${registry}/`), username, password } : undefined;
      const response = new pb.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      return response;
    }),

    check: unary((request: pb.CheckRequest) => {
      const olds = fromStruct(request.getOlds());
      const raw = fromStruct(request.getNews());
      return step(request.getUrn(), [olds, raw], async (kind, call, old, news) => {
        const known = Object.keys(olds).length > 0 ? old : undefined;
        const { failures, inputs } = await kind.check(call, known, news);
        return checkResponse({ ...raw, ...inputs }, failures);
      });
    }),

    diff: unary((request: pb.DiffRequest) => {
      const raw = [request.getOlds(), request.getOldInputs(), request.getNews()].map(fromStruct);
      return step(request.getUrn(), raw, async (kind, _call, state, olds, news) => {
        const { changes, replaces } = kind.diff(state, olds, news);
        return diffResponse(changes, replaces ?? []);
      });
    }),

    create: unary((request: pb.CreateRequest) => {
      const raw = fromStruct(request.getProperties());
      return step(request.getUrn(), [raw], async (kind, call, news) => {
        const { id, outputs } = await kind.create(call, news, request.getPreview());
        const response = new pb.CreateResponse();
        response.setId(id);
        response.setProperties(toStruct({ ...raw, ...outputs }));
        return response;
      });
    }),

    read: unary((request: pb.ReadRequest) => {
      const state = fromStruct(request.getProperties());
      const raw = fromStruct(request.getInputs());
      return step(request.getUrn(), [state, raw], async (kind, call, plain, inputs) => {
        if (Object.keys(state).length === 0) throw new Error(NO_IMPORT);
        const outputs = await kind.read(call, { id: request.getId(), state: plain, olds: inputs });
        const response = new pb.ReadResponse();
        if (!outputs) return response;
        response.setId(request.getId());
        response.setInputs(toStruct(raw));
        response.setProperties(toStruct({ ...state, ...outputs }));
        return response;
      });
    }),

    update: unary((request: pb.UpdateRequest) => {
      const raw = fromStruct(request.getNews());
      const olds = [request.getOlds(), request.getOldInputs()].map(fromStruct);
      return step(request.getUrn(), [...olds, raw], async (kind, call, state, old, news) => {
        const outputs = await kind.update(call, { id: request.getId(), state, olds: old }, news, request.getPreview());
        const response = new pb.UpdateResponse();
        response.setProperties(toStruct({ ...raw, ...outputs }));
        return response;
      });
    }),

    delete: unary((request: pb.DeleteRequest) => {
      const raw = [request.getProperties(), request.getOldInputs()].map(fromStruct);
      return step(request.getUrn(), raw, async (kind, call, state, olds) => {
        await kind.delete(call, { id: request.getId(), state, olds });
        return new empty.Empty();
      });
    }),

    cancel: unary(() => {
      stop.abort(new Error("stopped: the update was cancelled"));
      return new empty.Empty();
    }),
  };
}

const NO_IMPORT =
  "a cronium resource cannot be imported: an engine does not tell what a thing was made from. Let `pulumi up` make it.";

function kindOf(urn: string): ResourceKind {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const kind = kinds[type];
  if (!kind)
    throw new Error(`the provider cronium has no resource ${type}: there are ${Object.keys(kinds).join(", ")}`);
  return kind;
}
