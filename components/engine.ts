import { hostname, userInfo } from "node:os";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { isNamed, resolveDockerHost } from "../docker/host";
import type { Names } from "./names";
import { Namespace, Provider } from "./resources";
import type { Settings } from "./settings";

/**
 * The engine that a stack lives on: one address for both providers, and the stack's claim on its names.
 * @param tags the full references that the stack's images will have, content tags aside
 * @returns options for the stack's components, which become children of the claim
 */
export function engine(settings: Settings, names: Names, tags: string[]): pulumi.ComponentResourceOptions {
  const at = resolveDockerHost(settings.docker);
  if (settings.shared && !isNamed(at)) {
    throw new pulumi.RunError(
      "cronium:shared is true and nobody names the engine: set DOCKER_HOST, DOCKER_CONTEXT or docker:host",
    );
  }
  const address = at.certPath === undefined ? { host: at.host } : { host: at.host, certPath: at.certPath };
  const { registry, registryUser, registryPassword, extraCa } = settings;
  const login = registryPassword && { registry, registryUser, registryPassword: pulumi.secret(registryPassword) };
  const cronium = new Provider("cronium", { ...address, ...login, ...(extraCa && { extraCa }) });
  const claim = new Namespace(
    "namespace",
    {
      name: settings.namespace,
      stack: `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`,
      owner: `${userInfo().username}@${hostname()}, state in ${process.env.PULUMI_BACKEND_URL ?? "the backend of 'pulumi whoami -v'"}`,
      volume: names.claim,
      tags: [...tags].sort(),
      containers: Object.values(names.containers).sort(),
      networks: Object.values(names.networks).sort(),
      volumes: Object.values(names.volumes).sort(),
    },
    { provider: cronium },
  );
  return { parent: claim, providers: [cronium, new docker.Provider("docker", address)] };
}
