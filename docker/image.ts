import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Docker, diskFull, NO_SPACE } from "./client";
import { type Export, readExport } from "./export";
import { CanonicalLayer } from "./layer";
import { removeIfUnused } from "./tags";

/** What an image holds, the same on every engine whatever its image store. */
export interface ImageContent {
  /** "sha256:..." of the canonical JSON of the ordered diff ids and of the config without its times and history. */
  contentDigest: string;
  /** Sum of the sizes of the regular files in all layers, in bytes. */
  sizeBytes: number;
  /** From the lowest up; `digest` is the diff id. */
  layers: { digest: string; sizeBytes: number }[];
}

/** An image's config, as far as it matters here (OCI image spec). */
export interface ImageConfig {
  architecture: string;
  os: string;
  variant?: string;
  created?: string;
  history?: { created?: string }[];
  config?: Record<string, unknown>;
  rootfs: { diff_ids: string[] };
}

/**
 * Reads what an image holds out of GET /images/X/get, as a stream: no layer is kept in memory or on disk. The engine's own
 * Id and Size differ between image stores; diff ids and the config do not.
 */
export async function readImageContent(docker: Docker, imageId: string): Promise<ImageContent> {
  return contentOf(imageId, await survey(docker, imageId, 0));
}

/**
 * Makes a built image the same on every engine, and reads what it holds. Engines write the same files into layers in
 * different ways (see CanonicalLayer) and note the time of the build; an image in which that is so is rewritten on its way
 * out of the engine and back into it, and removed. `epoch` is in seconds: later times become it.
 */
export async function canonicalImage(
  docker: Docker,
  imageId: string,
  epoch = 0,
): Promise<ImageContent & { imageId: string }> {
  const found = await survey(docker, imageId, epoch);
  const created = new Date(epoch * 1000).toISOString().replace(".000Z", "Z");
  const timeless = found.config.created === created;
  if (timeless && [...found.layers.values()].every(({ changed }) => !changed)) {
    return { imageId, ...contentOf(imageId, found) };
  }
  const rewritten = await rewrite(docker, imageId, found, epoch);
  if (rewritten.imageId !== imageId) await removeIfUnused(docker, imageId);
  return rewritten;
}

/**
 * Digests what an image is. Times, history and what a builder notes about itself are left out, and so are empty values,
 * which engines write or omit as they like.
 */
export function contentDigest({ architecture, os, variant, config, rootfs }: ImageConfig): string {
  // ArgsEscaped only matters on Windows; engines differ in whether they write it.
  const { ArgsEscaped: _, ...rest } = config ?? {};
  const identity = { architecture, os, variant, config: rest, diff_ids: rootfs.diff_ids };
  return `sha256:${createHash("sha256").update(canonicalJson(identity)).digest("hex")}`;
}

/** JSON with sorted keys, no white space, and without null, false, "" and empty containers. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(canonical(value));
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => canonical(item) ?? item);
  if (typeof value !== "object" || value === null) return value || undefined;
  const entries = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => [key, canonical(item)] as const)
    .filter(([, item]) => item !== undefined && !(Array.isArray(item) && item.length === 0));
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

interface Layer {
  diffId: string;
  sizeBytes: number;
  /** Of the uncompressed tar. */
  length: number;
  changed: boolean;
}

interface Survey {
  config: ImageConfig;
  /** Names of the layers in the export, from the lowest up. */
  order: string[];
  layers: Map<string, Layer>;
}

async function survey(docker: Docker, imageId: string, epoch: number): Promise<Survey> {
  const layers = new Map<string, Layer>();
  const measure = async (name: string, bytes: AsyncIterable<Buffer>) => {
    const hash = createHash("sha256");
    const layer = new CanonicalLayer(epoch);
    const hashed = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of bytes) {
        hash.update(chunk);
        yield chunk;
      }
    };
    layer.resume();
    await pipeline(hashed, layer);
    const { sizeBytes, length, changed } = layer;
    layers.set(name, { diffId: `sha256:${hash.digest("hex")}`, sizeBytes, length, changed });
  };
  const exported = await readExport(await openExport(docker, imageId), measure);
  return { ...describe(imageId, exported), layers };
}

function describe(imageId: string, { documents, links }: Export): Pick<Survey, "config" | "order"> {
  const [manifest] = JSON.parse(documents.get("manifest.json") ?? "[]") as { Config: string; Layers: string[] }[];
  const config = JSON.parse(documents.get(manifest?.Config ?? "") ?? "null") as ImageConfig | null;
  if (!manifest || !config)
    throw new Error(`the engine's export of image ${imageId} has no manifest.json with a config`);
  return { config, order: manifest.Layers.map((name) => links.get(name) ?? name) };
}

function contentOf(imageId: string, { config, order, layers }: Survey): ImageContent {
  const ordered = config.rootfs.diff_ids.map((digest, index) => {
    const layer = layers.get(order[index] ?? "");
    if (layer?.diffId !== digest) throw new Error(`the engine's export of image ${imageId} lacks layer ${digest}`);
    return { digest, sizeBytes: layer.sizeBytes };
  });
  const sizeBytes = ordered.reduce((sum, layer) => sum + layer.sizeBytes, 0);
  return { contentDigest: contentDigest(config), sizeBytes, layers: ordered };
}

/** Loads the image back with canonical layers and without times. */
async function rewrite(docker: Docker, imageId: string, { config, order, layers }: Survey, epoch: number) {
  const { default: tar } = await import("tar-stream");
  const pack = tar.pack();
  const after = new Map<string, Layer>();

  const pass = async (name: string, bytes: AsyncIterable<Buffer>) => {
    const before = layers.get(name) as Layer;
    const hash = createHash("sha256");
    const hashed = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    };
    const entry = pack.entry({ name, size: before.length });
    await pipeline(bytes, new CanonicalLayer(epoch), hashed, entry as unknown as NodeJS.WritableStream);
    after.set(name, { ...before, diffId: `sha256:${hash.digest("hex")}` });
  };
  const created = new Date(epoch * 1000).toISOString().replace(".000Z", "Z");
  const fill = async (): Promise<ImageConfig> => {
    await readExport(await openExport(docker, imageId), pass);
    const diff_ids = order.map((name) => after.get(name)?.diffId ?? "");
    const history = config.history?.map((step) => ({ ...step, created }));
    const rewritten = { ...config, created, history, rootfs: { ...config.rootfs, diff_ids } };
    pack.entry({ name: "config.json" }, JSON.stringify(rewritten));
    pack.entry({ name: "manifest.json" }, JSON.stringify([{ Config: "config.json", RepoTags: null, Layers: order }]));
    pack.finalize();
    return rewritten;
  };
  const filling = fill().catch((error: Error) => {
    pack.destroy(error);
    throw error;
  });
  const [rewritten, loaded] = await Promise.all([filling, load(docker, pack as unknown as Readable)]);
  return { imageId: loaded, ...contentOf(loaded, { config: rewritten, order, layers: after }) };
}

async function load(docker: Docker, archive: Readable): Promise<string> {
  const answer = (await docker.loadImage(archive as never, { quiet: true })) as unknown as AsyncIterable<Buffer>;
  let text = "";
  for await (const chunk of answer) text += chunk.toString();
  const id = /Loaded image ID: (sha256:[0-9a-f]{64})/.exec(text)?.[1];
  if (NO_SPACE.test(text)) throw diskFull("taking a built image back");
  if (!id) throw new Error(`the engine did not take the image back: ${text.trim()}`);
  return id;
}

async function openExport(docker: Docker, imageId: string): Promise<Readable> {
  return (await docker.getImage(imageId).get()) as unknown as Readable;
}
