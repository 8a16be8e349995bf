import * as pulumi from "@pulumi/pulumi";

export interface ProviderArgs {
  /** The engine's address. */
  host: string;
  certPath?: string;
  /** The registry that user and password are for; without them Docker's own credentials are asked. */
  registry?: string;
  registryUser?: string;
  registryPassword?: pulumi.Output<string>;
  /** A PEM file of certificate authorities that builds trust beside the machine's; in no image. */
  extraCa?: string;
}

/** The provider of this file's resources: provider/, started by the engine through Pulumi.yaml. */
export class Provider extends pulumi.ProviderResource {
  constructor(name: string, args: ProviderArgs, opts?: pulumi.ResourceOptions) {
    super("cronium", name, { ...args }, opts);
  }
}

export interface NamespaceArgs {
  /** Empty for the plain names. */
  name: string;
  /** The claiming stack, `organization/project/stack`. */
  stack: string;
  /** Who and where, for the one who finds the names taken; never a reason for an update. */
  owner: string;
  /** The volume that marks the claim on the engine. */
  volume: string;
  tags: string[];
  containers: string[];
  networks: string[];
  volumes: string[];
}

/**
 * A stack's claim on its names on the engine. Creating it fails, and so does its preview, when any of them exists already;
 * the error names the owner. Everything else in a stack is its child, hence made after it and deleted before it.
 */
export class Namespace extends pulumi.CustomResource {
  constructor(name: string, args: NamespaceArgs, opts?: pulumi.CustomResourceOptions) {
    super("cronium:index:Namespace", name, { ...args }, opts);
  }
}

export interface BuilderRootArgs {
  repository: string;
  /** `bootstrap`, `auto`, or a reference by digest. */
  source: string;
  /** What `auto` prefers when a registry answers. */
  reference?: string;
  /** The Debian suite. */
  suite: string;
}

/** The Debian root that the builder stages start from, under one local name. */
export class BuilderRoot extends pulumi.CustomResource {
  declare readonly ref: pulumi.Output<string>;
  declare readonly imageId: pulumi.Output<string>;
  /** As an image's: it changes with the root's content, which the name does not. */
  declare readonly contentDigest: pulumi.Output<string>;
  /** `bootstrap` or the reference it was pulled by. */
  declare readonly origin: pulumi.Output<string>;

  constructor(name: string, args: BuilderRootArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { ref: undefined, imageId: undefined, contentDigest: undefined, origin: undefined };
    super("cronium:index:BuilderRoot", name, { ...args, ...outputs }, opts);
  }
}

/** An image is built from a context, or it is one that a registry holds. */
export type ImageArgs = ImageNames & (ImageBuild | { from: string });

export interface ImageNames {
  /** The repository of the content tag, which every image has: `<repository>:sha-<12 hex digits>`. */
  repository: string;
  /** Full references beyond the content tag. */
  tags?: string[];
  platform?: string;
}

export interface ImageBuild {
  /** The build context's folder, relative to the project. */
  context: string;
  /** Relative to the context; `Dockerfile` unless set. */
  dockerfile?: string;
  target?: string;
  buildArgs?: Record<string, pulumi.Input<string>>;
  /** Build arguments whose values are images of this engine, by reference. */
  baseImages?: Record<string, pulumi.Input<string>>;
  labels?: Record<string, string>;
  /** Builds again when a value changes; nothing of it reaches the image. */
  triggers?: Record<string, pulumi.Input<string>>;
  /** The repository of a registry that gets the image, under its content tag. */
  push?: string;
}

export interface Layer {
  /** The diff id: sha256 of the uncompressed layer. */
  digest: string;
  sizeBytes: number;
}

/** What an image says of how it is run. */
export interface ImageConfig {
  user: string;
  /** The command of the health check, as in a Dockerfile; empty for none. */
  healthcheck: string[];
  labels: Record<string, string>;
}

/** An image, built by the engine's BuildKit or pulled; what its outputs mean is in provider/README.md. */
export class Image extends pulumi.CustomResource {
  /** What the engine knows it by; differs between engines. */
  declare readonly imageId: pulumi.Output<string>;
  /** The manifest's digest in a registry; null for an image that is in none. */
  declare readonly digest: pulumi.Output<string | null>;
  /** sha256 of the ordered diff ids and the config without times and history; the same on every engine. */
  declare readonly contentDigest: pulumi.Output<string>;
  /** The sum of the regular files' sizes over all layers. */
  declare readonly sizeBytes: pulumi.Output<number>;
  declare readonly layers: pulumi.Output<Layer[]>;
  /** All tags, sorted, the content tag among them. */
  declare readonly tags: pulumi.Output<string[]>;
  /** `<repository>:sha-<12 hex digits>`, the name of its content on this engine. */
  declare readonly contentTag: pulumi.Output<string>;
  declare readonly config: pulumi.Output<ImageConfig>;
  /** `repository@digest` once it is in a registry, else the content tag. */
  declare readonly ref: pulumi.Output<string>;

  constructor(name: string, args: ImageArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { imageId: undefined, digest: undefined, contentDigest: undefined, sizeBytes: undefined };
    const names = { layers: undefined, config: undefined, contentTag: undefined, ref: undefined };
    super("cronium:index:Image", name, { ...args, tags: [...(args.tags ?? [])].sort(), ...outputs, ...names }, opts);
  }
}
