import { posix } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import zlib from "node:zlib";

/** The small parts of an image's export. */
export interface Export {
  /** JSON files by name. */
  documents: Map<string, string>;
  /** Layers that are links to others (engine 20.10's for a layer that is there twice), by name. */
  links: Map<string, string>;
}

/** Takes a layer, uncompressed, and must read it to its end; `length` is how long it is in the export, in bytes. */
export type OnLayer = (name: string, bytes: AsyncIterable<Buffer>, length: number) => Promise<void>;

/**
 * Reads the answer of GET /images/X/get and hands over each layer. Layers are told by their bytes: their names and compression differ from engine to engine.
 */
export async function readExport(stream: Readable, onLayer: OnLayer): Promise<Export> {
  const { default: tar } = await import("tar-stream");
  const result: Export = { documents: new Map(), links: new Map() };
  const extract = tar.extract();
  const piping = pipeline(stream, extract as unknown as NodeJS.WritableStream);
  piping.catch(() => undefined); // the loop below throws the same error
  for await (const entry of extract) {
    const { name, type, linkname, size } = entry.header;
    const source = entry as unknown as Readable;
    if (type === "file") await readEntry(name, size ?? 0, source, result, onLayer);
    else source.resume();
    if (type === "symlink") result.links.set(name, posix.join(posix.dirname(name), linkname ?? ""));
  }
  await piping;
  return result;
}

async function readEntry(
  name: string,
  length: number,
  source: Readable,
  result: Export,
  onLayer: OnLayer,
): Promise<void> {
  const chunks = source[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < 512) {
    const { value, done } = await chunks.next();
    if (done) break;
    start = Buffer.concat([start, value as Buffer]);
  }
  const bytes = async function* (): AsyncGenerator<Buffer> {
    yield start;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value as Buffer;
  };

  if ((start[0] === 0x7b || start[0] === 0x5b) && start.toString("latin1", 257, 262) !== "ustar") {
    const parts: Buffer[] = [];
    for await (const part of bytes()) parts.push(part);
    result.documents.set(name, Buffer.concat(parts).toString("utf8"));
  } else if (start.length >= 512 || isCompressed(start)) {
    const plain = new PassThrough();
    await Promise.all([pipeline(bytes, decompressor(start), plain), onLayer(name, plain, length)]);
  }
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
