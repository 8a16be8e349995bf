import * as pulumi from "@pulumi/pulumi";
import type { Names } from "./names";
import { BuilderRoot, type Image } from "./resources";
import { RuntimeImage, type RuntimeImageSpec, runtimeImageTags } from "./runtimeImage";
import type { Settings } from "./settings";

/** A stack's images by name, each after those it builds on. */
export type Catalog = Readonly<Record<string, RuntimeImageSpec>>;

/** The tags that the images of a catalog will have, the builder's root included, content tags aside. */
export function catalogTags(catalog: Catalog, names: Names): string[] {
  const tags = Object.entries(catalog).flatMap(([name, spec]) => runtimeImageTags(name, spec, names));
  return [`${names.repository(BUILDER_ROOT)}:latest`, ...tags];
}

/** All images of a stack: the builder's root, the builder with its tools, and the catalog. */
export class RuntimeImages extends pulumi.ComponentResource {
  /** The catalog's images, intermediate ones aside. */
  readonly images: Readonly<Record<string, Image>>;

  constructor(
    name: string,
    args: { settings: Settings; names: Names; catalog: Catalog },
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("cronium:index:RuntimeImages", name, {}, opts);
    const { settings, names, catalog } = args;
    const root = new BuilderRoot(
      BUILDER_ROOT,
      {
        repository: names.repository(BUILDER_ROOT),
        source: settings.builderRoot,
        ...(settings.builderRootReference && { reference: settings.builderRootReference }),
        suite: "trixie",
      },
      { parent: this },
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
      { parent: this },
    ).image;
    const made: Record<string, Image> = {};
    for (const [image, spec] of Object.entries(catalog)) {
      const bases = (spec.from ?? []).map((base) => [base.toUpperCase(), baseRef(image, base, made)]);
      const baseImages = { BUILDER: builder.ref, ...Object.fromEntries(bases) };
      made[image] = new RuntimeImage(image, { ...common, ...spec, baseImages }, { parent: this }).image;
    }
    this.images = Object.fromEntries(Object.entries(made).filter(([image]) => !catalog[image]?.stage));
    this.registerOutputs({});
  }
}

const BUILDER_ROOT = "builder-root";

function baseRef(image: string, base: string, made: Readonly<Record<string, Image>>): pulumi.Output<string> {
  const found = made[base];
  if (!found)
    throw new pulumi.RunError(
      `image ${image} is from "${base}", which is not listed before it: ${Object.keys(made).join(", ")}`,
    );
  return found.ref;
}
