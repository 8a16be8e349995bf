import "./components/node";
import * as pulumi from "@pulumi/pulumi";
import { engine } from "./components/engine";
import { names } from "./components/names";
import type { Image } from "./components/resources";
import { RuntimeApi } from "./components/runtimeApi";
import { type Catalog, catalogTags, RuntimeImages } from "./components/runtimeImages";
import { RuntimeNetwork } from "./components/runtimeNetwork";
import { loadSettings } from "./components/settings";
import { Valkey } from "./components/valkey";
import { version } from "./images/runtime-api/package.json";

// A new image is a folder in images/ and a line here.
const catalog = {
  base: {},
  node: { from: ["base"], stage: { folder: "nodejs", target: "node" } },
  bash: { from: ["base"], runner: "bash-alpine" },
  python: { from: ["base"], runner: "python-alpine" },
  nodejs: { from: ["base"], runner: "node-alpine" },
  "runtime-api": { from: ["node"] },
  valkey: { from: ["base"] },
} satisfies Catalog;

const settings = loadSettings();
const stack = { settings, names: names(settings), catalog };
const onEngine = engine(settings, stack.names, catalogTags(stack));

const { images } = new RuntimeImages("images", stack, onEngine);
const network = new RuntimeNetwork("network", stack, onEngine);
const valkey = settings.valkey
  ? new Valkey("valkey", { ...stack, image: images.valkey as Image, carrier: images.base as Image }, onEngine)
  : undefined;
const api = new RuntimeApi(
  "runtime-api",
  { ...stack, network, image: images["runtime-api"] as Image, carrier: images.base as Image, valkey },
  onEngine,
);

const byName = <T>(output: (image: Image) => pulumi.Input<T>) =>
  Object.fromEntries(Object.entries(images).map(([name, image]) => [name, output(image)]));

export const imageDigests = byName((image) =>
  pulumi.all([image.digest, image.imageId]).apply(([digest, id]) => digest ?? id),
);
export const imageContentDigests = byName((image) => image.contentDigest);
export const imageSizes = byName((image) => image.sizeBytes);
export const imageRefs = byName((image) => image.ref);
export const imageTags = byName((image) => image.tags);
export const networks = { jobs: network.jobs.name, egress: network.egress.name };
export const runtimeApi = { url: api.url, containerId: api.container.id, version };
export const runtimeApiSecret = api.secret;
