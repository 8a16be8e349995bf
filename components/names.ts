import type { Settings } from "./settings";

/** The names of one stack on an engine; the `namespace` setting keeps two stacks on one engine apart. */
export interface Names {
  /** The repository of an image: `cronium/bash`, in a namespace `<namespace>/cronium/bash`. */
  repository(image: string): string;
  /** The volume that marks the stack's claim on all the others. */
  claim: string;
  networks: { jobs: string; egress: string; cache: string };
  containers: { runtimeApi: string; secret: string; valkey: string; valkeySecret: string };
  volumes: { data: string; secret: string; valkeySecret: string };
}

export function names({ namespace }: Pick<Settings, "namespace">): Names {
  const object = (name: string) => (namespace ? `${namespace}-${name}` : name);
  return {
    repository: (image) => (namespace ? `${namespace}/cronium/${image}` : `cronium/${image}`),
    claim: object("cronium-namespace"),
    networks: { jobs: object("cronium-jobs"), egress: object("cronium-egress"), cache: object("cronium-cache") },
    containers: {
      runtimeApi: object("runtime-api"),
      secret: object("runtime-api-secret"),
      valkey: object("cronium-valkey"),
      valkeySecret: object("cronium-valkey-secret"),
    },
    volumes: {
      data: object("runtime-api-data"),
      secret: object("runtime-api-secret"),
      valkeySecret: object("cronium-valkey-secret"),
    },
  };
}
