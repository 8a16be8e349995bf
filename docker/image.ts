import { createHash, type Hash } from "node:crypto";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Docker } from "./client";
import { type Export, readExport } from "./export";
import { CanonicalLayer } from "./layer";

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

/** A layer as it is in an export. */
export interface Layer {
  diffId: string;
  sizeBytes: number;
  /** Of the uncompressed tar, in bytes. */
  length: number;
  /** Whether it is not as CanonicalLayer makes it. */
  changed: boolean;
}

/** An image's export, read through. */
export interface Survey {
  config: ImageConfig;
  /** Names of the layers in the export, from the lowest up. */
  order: string[];
  layers: Map<string, Layer>;
}

/** Measures an image's layers. */
export async function survey(docker: Docker, imageId: string, epoch: number): Promise<Survey> {
  const layers = new Map<string, Layer>();
  const measure = async (name: string, bytes: AsyncIterable<Buffer>) => {
    const hash = createHash("sha256");
    const layer = new CanonicalLayer(epoch);
    layer.resume();
    await pipeline(bytes, hashing(hash), layer);
    const { sizeBytes, length, changed } = layer;
    layers.set(name, { diffId: `sha256:${hash.digest("hex")}`, sizeBytes, length, changed });
  };
  const exported = await readExport(await openExport(docker, imageId), measure);
  return { ...manifestOf(imageId, exported), layers };
}

/** What an image holds, by its export. */
export function contentOf(imageId: string, { config, order, layers }: Survey): ImageContent {
  const ordered = config.rootfs.diff_ids.map((digest, index) => {
    const layer = layers.get(order[index] ?? "");
    if (layer?.diffId !== digest) throw new Error(`the engine's export of image ${imageId} lacks layer ${digest}`);
    return { digest, sizeBytes: layer.sizeBytes };
  });
  const sizeBytes = ordered.reduce((sum, layer) => sum + layer.sizeBytes, 0);
  return { contentDigest: contentDigest(config), sizeBytes, layers: ordered };
}

/** An export's config and the names of its layers. */
export function manifestOf(imageId: string, { documents, links }: Export): Pick<Survey, "config" | "order"> {
  const [manifest] = JSON.parse(documents.get("manifest.json") ?? "[]") as { Config: string; Layers: string[] }[];
  const config = JSON.parse(documents.get(manifest?.Config ?? "") ?? "null") as ImageConfig | null;
  if (!manifest || !config) {
    throw new Error(`the engine's export of image ${imageId} has no manifest.json with a config`);
  }
  return { config, order: manifest.Layers.map((name) => links.get(name) ?? name) };
}

export async function openExport(docker: Docker, imageId: string): Promise<Readable> {
  return (await docker.getImage(imageId).get()) as unknown as Readable;
}

/** Hashes what passes through. */
export function hashing(hash: Hash): (chunks: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
  return async function* (chunks) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  };
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
