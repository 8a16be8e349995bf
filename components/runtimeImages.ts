import * as pulumi from "@pulumi/pulumi";
import type { Names } from "./names";
import { BuilderRoot, type Image } from "./resources";
import { RuntimeImage, type RuntimeImageSpec, runtimeImageTags } from "./runtimeImage";
import type { Settings } from "./settings";

/** A stack's images by name, each after those it builds on. */
export type Catalog = Readonly<Record<string, RuntimeImageSpec>>;

export interface RuntimeImagesArgs {
  settings: Settings;
  names: Names;
  catalog: Catalog;
}

/** The tags that the images of a catalog will have, the builder's root included, content tags aside. */
export function catalogTags({ settings, names, catalog }: RuntimeImagesArgs): string[] {
  const tags = Object.entries(catalog).flatMap(([name, spec]) => runtimeImageTags(name, spec, names));
  return settings.images === "promoted" ? tags : [`${names.repository(BUILDER_ROOT)}:latest`, ...tags];
}

/** All images of a stack: the builder's root, the builder with its tools, and the catalog; or the catalog as promoted. */
export class RuntimeImages extends pulumi.ComponentResource {
  /** The catalog's images, intermediate ones aside. */
  readonly images: Readonly<Record<string, Image>>;

  constructor(name: string, args: RuntimeImagesArgs, opts: pulumi.ComponentResourceOptions) {
    super("cronium:index:RuntimeImages", name, {}, opts);
    const child = { parent: this };
    this.images = args.settings.images === "promoted" ? promoted(args, child) : built(args, child);
    this.registerOutputs({});
  }
}

const BUILDER_ROOT = "builder-root";

function promoted(args: RuntimeImagesArgs, opts: pulumi.ComponentResourceOptions): Record<string, Image> {
  const { catalog, settings, names } = args;
  const wanted = Object.keys(catalog).filter((name) => !catalog[name]?.stage);
  const digests = settings.digests ?? {};
  const lacking = wanted.filter((name) => !(name in digests));
  const unknown = Object.keys(digests).filter((name) => !wanted.includes(name));
  if (lacking.length > 0 || unknown.length > 0) {
    const words = [
      ...(lacking.length > 0 ? [`lacks ${lacking.join(", ")}`] : []),
      ...(unknown.length > 0 ? [`has ${unknown.join(", ")}, which this stack has no image for`] : []),
    ];
    throw new pulumi.RunError(`cronium:digests ${words.join(" and ")}: write it with \`cronium promote\``);
  }
  const image = (name: string) =>
    new RuntimeImage(name, { settings, names, ...catalog[name], promoted: digests[name] as string }, opts).image;
  return Object.fromEntries(wanted.map((name) => [name, image(name)]));
}

function built(args: RuntimeImagesArgs, opts: pulumi.ComponentResourceOptions): Record<string, Image> {
  const { settings, names, catalog } = args;
  const root = new BuilderRoot(
    BUILDER_ROOT,
    {
      repository: names.repository(BUILDER_ROOT),
      source: settings.builderRoot,
      ...(settings.builderRootReference && { reference: settings.builderRootReference }),
      suite: "trixie",
    },
    opts,
  );
  const common = { settings, names };
  const builder = new RuntimeImage(
    "builder",
    {
      ...common,
      stage: { folder: "base", target: "builder" },
      baseImages: { BUILDER_ROOT: root.ref },
      triggers: { BUILDER_ROOT: root.contentDigest },
    },
    opts,
  ).image;
  const made: Record<string, Image> = {};
  for (const [image, spec] of Object.entries(catalog)) {
    const bases = (spec.from ?? []).map((base) => [base.toUpperCase(), contentTag(image, base, made)]);
    const baseImages = { BUILDER: builder.contentTag, ...Object.fromEntries(bases) };
    made[image] = new RuntimeImage(image, { ...common, ...spec, baseImages }, opts).image;
  }
  return Object.fromEntries(Object.entries(made).filter(([image]) => !catalog[image]?.stage));
}

/** A build takes its bases from the engine: by content, which is the same wherever a registry is. */
function contentTag(image: string, base: string, made: Readonly<Record<string, Image>>): pulumi.Output<string> {
  const found = made[base];
  if (!found)
    throw new pulumi.RunError(
      `image ${image} is from "${base}", which is not listed before it: ${Object.keys(made).join(", ")}`,
    );
  return found.contentTag;
}
