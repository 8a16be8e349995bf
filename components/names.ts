import type { Settings } from "./settings";

/** The names of one stack on an engine; the `namespace` setting keeps two stacks on one engine apart. */
export interface Names {
  /** The repository of an image: `cronium/bash`, in a namespace `<namespace>/cronium/bash`. */
  repository(image: string): string;
  /** The volume that marks the stack's claim on all the others. */
  claim: string;
  networks: { jobs: string; egress: string };
  containers: { runtimeApi: string; secret: string };
  volumes: { data: string; secret: string };
}

export function names({ namespace }: Pick<Settings, "namespace">): Names {
  const object = (name: string) => (namespace ? `${namespace}-${name}` : name);
  return {
    repository: (image) => (namespace ? `${namespace}/cronium/${image}` : `cronium/${image}`),
    claim: object("cronium-namespace"),
    networks: { jobs: object("cronium-jobs"), egress: object("cronium-egress") },
    containers: { runtimeApi: object("runtime-api"), secret: object("runtime-api-secret") },
    volumes: { data: object("runtime-api-data"), secret: object("runtime-api-secret") },
  };
}
