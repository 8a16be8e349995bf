import { hostname, userInfo } from "node:os";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { resolveDockerHost } from "../docker/host";
import type { Names } from "./names";
import { Namespace, Provider } from "./resources";
import type { Settings } from "./settings";

/**
 * The engine that a stack lives on: one address for both providers, and the stack's claim on its names.
 * @param tags the full references that the stack's images will have, content tags aside
 * @returns options for the stack's components, which become children of the claim
 */
export function engine(settings: Settings, names: Names, tags: string[]): pulumi.ComponentResourceOptions {
  const { host, certPath } = resolveDockerHost(settings.docker);
  const address = certPath === undefined ? { host } : { host, certPath };
  const cronium = new Provider("cronium", address);
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
