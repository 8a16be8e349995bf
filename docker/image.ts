import { createHash } from "node:crypto";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import zlib from "node:zlib";
import type { Docker } from "./client";

/** What an image holds, the same on every engine whatever its image store. */
export interface ImageContent {
  /** "sha256:..." of the canonical JSON of the ordered diff ids and of the config without its times and history. */
  contentDigest: string;
  /** Sum of the sizes of the regular files in all layers, in bytes. */
  sizeBytes: number;
  /** From the lowest up; `digest` is the diff id. */
  layers: { digest: string; sizeBytes: number }[];
}

/**
 * Reads what an image holds out of GET /images/X/get, as a stream: no layer is kept in memory or on disk. The engine's own
 * Id and Size differ between image stores; diff ids and the config do not.
 */
export async function readImageContent(docker: Docker, imageId: string): Promise<ImageContent> {
  const { documents, sizes } = await readExport((await docker.getImage(imageId).get()) as unknown as Readable);
  const manifest = JSON.parse(documents.get("manifest.json") ?? "[]") as { Config: string }[];
  const config = JSON.parse(documents.get(manifest[0]?.Config ?? "") ?? "null") as ImageConfig | null;
  if (!config) throw new Error(`the engine's export of image ${imageId} has no manifest.json with a config`);

  const layers = config.rootfs.diff_ids.map((digest) => {
    const sizeBytes = sizes.get(digest);
    if (sizeBytes === undefined) throw new Error(`the engine's export of image ${imageId} lacks layer ${digest}`);
    return { digest, sizeBytes };
  });
  const sizeBytes = layers.reduce((sum, layer) => sum + layer.sizeBytes, 0);
  return { contentDigest: contentDigest(config), sizeBytes, layers };
}

/** An image's config, as far as it says what the image is (OCI image spec). */
export interface ImageConfig {
  architecture: string;
  os: string;
  variant?: string;
  config?: Record<string, unknown>;
  rootfs: { diff_ids: string[] };
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

interface Export {
  /** Small JSON files by name. */
  documents: Map<string, string>;
  /** Diff id -> sum of the sizes of the regular files. */
  sizes: Map<string, number>;
}

async function readExport(stream: Readable): Promise<Export> {
  const { default: tar } = await import("tar-stream");
  const result: Export = { documents: new Map(), sizes: new Map() };
  const extract = tar.extract();
  const piping = pipeline(stream, extract as unknown as NodeJS.WritableStream);
  piping.catch(() => undefined); // the loop below throws the same error
  for await (const entry of extract) {
    const source = entry as unknown as Readable;
    if (entry.header.type !== "file") source.resume();
    else await readEntry(entry.header.name, source, result);
  }
  await piping;
  return result;
}

/** Layers are told by their bytes: their names and compression differ from engine to engine. */
async function readEntry(name: string, source: Readable, result: Export): Promise<void> {
  const chunks = source[Symbol.asyncIterator]();
  const head: Buffer[] = [];
  while (Buffer.concat(head).length < 512) {
    const { value, done } = await chunks.next();
    if (done) break;
    head.push(value as Buffer);
  }
  const start = Buffer.concat(head);
  const rest = async function* (): AsyncGenerator<Buffer> {
    yield start;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value as Buffer;
  };

  if ((start[0] === 0x7b || start[0] === 0x5b) && start.toString("latin1", 257, 262) !== "ustar") {
    const parts: Buffer[] = [];
    for await (const chunk of rest()) parts.push(chunk);
    result.documents.set(name, Buffer.concat(parts).toString("utf8"));
  } else if (start.length >= 512 || isCompressed(start)) {
    const [diffId, size] = await measureLayer(rest(), start);
    result.sizes.set(diffId, size);
  }
}

async function measureLayer(bytes: AsyncGenerator<Buffer>, start: Buffer): Promise<[string, number]> {
  const { default: tar } = await import("tar-stream");
  const hash = createHash("sha256");
  let size = 0;
  const extract = tar.extract();
  extract.on("entry", (header, content, next) => {
    if (header.type === "file" || header.type === "contiguous-file") size += header.size ?? 0;
    content.on("end", next);
    content.resume();
  });
  const hashed = async function* (raw: AsyncIterable<string | Buffer>): AsyncGenerator<string | Buffer> {
    for await (const chunk of raw) {
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(bytes, decompressor(start), hashed, extract as unknown as NodeJS.WritableStream);
  return [`sha256:${hash.digest("hex")}`, size];
}

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

function isCompressed(start: Buffer): boolean {
  return start.subarray(0, 2).equals(GZIP) || start.subarray(0, 4).equals(ZSTD);
}

function decompressor(start: Buffer): NodeJS.ReadWriteStream {
  if (start.subarray(0, 2).equals(GZIP)) return zlib.createGunzip();
  if (start.subarray(0, 4).equals(ZSTD)) return zlib.createZstdDecompress();
  return new PassThrough();
}
