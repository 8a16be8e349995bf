import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";

/** Limits of contract.md's sidecar. What the daemon would fill in is set too: a preview would show it as a change. */
export const containerDefaults = {
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges"],
  memory: 256,
  memorySwap: 256,
  cpus: "0.5",
  logDriver: "json-file",
  logOpts: { "max-file": "3", "max-size": "10m" },
} satisfies Partial<docker.ContainerArgs>;

/** Files of a secret volume, and where containers mount it. */
export interface SecretFiles {
  /** Name of the container that carries them. */
  container: string;
  image: pulumi.Input<string>;
  volume: docker.Volume;
  folder: string;
  files: Record<string, pulumi.Input<string>>;
}

/**
 * Puts secrets into a volume: uploads fail on a read-only root, also into a volume. The container is never started, the
 * upload is all it is for; new contents make a new one, and so new files.
 */
export function secretCarrier(name: string, args: SecretFiles, opts: pulumi.CustomResourceOptions): docker.Container {
  const { container, image, volume, folder, files } = args;
  return new docker.Container(
    name,
    {
      ...containerDefaults,
      name: container,
      image,
      command: ["secret"],
      start: false,
      mustRun: false,
      networkMode: "none",
      mounts: [{ type: "volume", source: volume.name, target: folder }],
      uploads: Object.entries(files).map(([file, content]) => {
        return { file: `${folder}/${file}`, content, permissions: "0444" };
      }),
    },
    { ...opts, deleteBeforeReplace: true },
  );
}
