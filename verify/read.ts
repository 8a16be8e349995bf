import { hash } from "node:crypto";
import { posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Header } from "tar-stream";
import type { Docker } from "../docker/client";
import { readExport } from "../docker/export";
import { manifestOf, openExport } from "../docker/image";
import { imageIdOf } from "../docker/tags";
import { readElf } from "./elf";
import { type Config, type Entry, type ImageContents, imageOf, KEPT_BYTES, type Layer } from "./image";

/**
 * Reads an image through the engine's export: every path of every layer, with sums and ELF headers. Nothing is run.
 * @throws Error if the engine has no such image
 */
export async function readImage(docker: Docker, reference: string): Promise<ImageContents> {
  const id = await imageIdOf(docker, reference);
  if (id === undefined) throw new Error(`the engine has no image ${reference}: build or pull it first`);
  const layers = new Map<string, Omit<Layer, "digest">>();
  const exported = await readExport(await openExport(docker, id), async (name, bytes) => {
    layers.set(name, await readLayer(bytes));
  });
  const { config, order } = manifestOf(reference, exported);
  const ordered = config.rootfs.diff_ids.map((digest, index) => {
    const layer = layers.get(order[index] ?? "");
    if (!layer) throw new Error(`the engine's export of image ${reference} lacks layer ${digest}`);
    return { digest, ...layer };
  });
  return imageOf(reference, config as Config, ordered);
}

/** Reads a layer's tar (OCI image layer spec, whiteouts included). */
export async function readLayer(bytes: AsyncIterable<Buffer>): Promise<Omit<Layer, "digest">> {
  const { default: tar } = await import("tar-stream");
  const entries = new Map<string, Entry>();
  const hides: string[] = [];
  const extract = tar.extract();
  const piping = pipeline(Readable.from(bytes), extract as unknown as NodeJS.WritableStream);
  piping.catch(() => undefined); // the loop below throws the same error
  for await (const part of extract) {
    const { header } = part;
    const path = posix.resolve("/", header.name);
    const name = posix.basename(path);
    const content = await contentOf(part as unknown as Readable);
    if (name === ".wh..wh..opq") hides.push(`${posix.dirname(path)}/`);
    else if (name.startsWith(".wh.")) hides.push(posix.join(posix.dirname(path), name.slice(".wh.".length)));
    else if (header.type === "link") {
      const first = entries.get(posix.resolve("/", header.linkname ?? ""));
      if (first) entries.set(path, first);
    } else if (path !== "/") entries.set(path, entryOf(header, content));
  }
  await piping;
  return { entries, hides };
}

/** What is kept of a path. */
export function entryOf(header: Header, content: Buffer): Entry {
  const {
    mode = 0,
    uid = 0,
    gid = 0,
    mtime,
    type,
    linkname,
    pax,
  } = header as Header & { pax?: Record<string, string> | null };
  const common = { mode: mode & 0o7777, uid, gid, mtime: Math.floor((mtime?.getTime() ?? 0) / 1000), size: 0 };
  if (type === "directory") return { ...common, type: "dir" };
  if (type === "symlink") return { ...common, type: "link", target: linkname ?? "" };
  if (type !== "file" && type !== "contiguous-file") return { ...common, type: "special" };
  const elf = readElf(content);
  return {
    ...common,
    type: "file",
    size: content.length,
    md5: hash("md5", content),
    sha1: hash("sha1", content),
    sha256: hash("sha256", content),
    ...(pax && "SCHILY.xattr.security.capability" in pax && { capabilities: true }),
    ...(elf && { elf }),
    ...(content.length <= KEPT_BYTES && { bytes: content }),
  };
}

async function contentOf(part: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of part) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
