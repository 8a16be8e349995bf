import * as pulumi from "@pulumi/pulumi";
import { version } from "../package.json";
import type { Names } from "./names";
import { Image, type ImageBuild } from "./resources";
import type { Settings } from "./settings";

/** What one image of the stack is; its context is images/<name>/ unless it shares another's. */
export interface RuntimeImageSpec {
  /** The images it builds on, each passed as the build argument of its name in capitals. */
  from?: readonly string[];
  /** The orchestrator's tag in cronium/runner. */
  runner?: string;
  /** An intermediate image: the folder under images/ and the target in it. It has a content tag only and is in no output. */
  stage?: { folder: string; target: string };
}

export interface RuntimeImageArgs extends RuntimeImageSpec {
  settings: Settings;
  names: Names;
  /** Of its build, as are the triggers. */
  baseImages?: Record<string, pulumi.Input<string>>;
  triggers?: Record<string, pulumi.Input<string>>;
  /** Instead of a build: the image that another environment pushed, `repository@digest`. */
  promoted?: string;
}

/** The tags by which users know an image, content tag aside. */
export function runtimeImageTags(name: string, { runner, stage }: RuntimeImageSpec, { repository }: Names): string[] {
  if (stage) return [];
  return [`${repository(name)}:latest`, ...(runner ? [`${repository("runner")}:${runner}`] : [])];
}

/** One hardened image, with the hardening as typed build arguments that a preview shows. */
export class RuntimeImage extends pulumi.ComponentResource {
  readonly image: Image;

  constructor(name: string, args: RuntimeImageArgs, opts: pulumi.ComponentResourceOptions) {
    super("cronium:index:RuntimeImage", name, {}, opts);
    const { names, promoted } = args;
    this.image = new Image(
      name,
      {
        repository: names.repository(name),
        tags: runtimeImageTags(name, args, names),
        ...(promoted === undefined ? buildOf(name, args) : { from: promoted }),
      },
      { parent: this },
    );
    this.registerOutputs({ ref: this.image.ref });
  }
}

function buildOf(name: string, { settings, names, stage, baseImages, triggers }: RuntimeImageArgs): ImageBuild {
  return {
    context: `images/${stage?.folder ?? name}`,
    ...(stage && { target: stage.target }),
    ...(baseImages && { baseImages }),
    ...(triggers && { triggers }),
    // Intermediate images are of use to this engine's builds only.
    ...(settings.images === "push" && !stage && { push: `${settings.registry}/${names.repository(name)}` }),
    buildArgs: {
      USER_ID: String(settings.userId),
      GROUP_ID: String(settings.groupId),
      STRIP: String(settings.strip),
      KEEP_SHELL: String(settings.keepShell),
      EXTRA_PACKAGES: (settings.extraPackages?.[name as "bash"] ?? []).join(" "),
      ...(settings.packagesAsOf && { PACKAGES_AS_OF: settings.packagesAsOf }),
    },
    labels: {
      "org.opencontainers.image.title": `cronium/${name}`,
      "org.opencontainers.image.version": version,
      "org.opencontainers.image.licenses": "Apache-2.0",
    },
  };
}
