import { Transform, type TransformCallback } from "node:stream";

const BLOCK = 512;
// Fields of a ustar header: where they are and how long (POSIX.1-2017, pax, "ustar Interchange Format").
const MODE = [100, 8] as const;
const SIZE = [124, 12] as const;
const MTIME = [136, 12] as const;
const CHECKSUM = [148, 8] as const;
const TYPE = 156;
const OWNERS = [265, 64] as const;

/**
 * Passes a layer's tar through and takes out what the engine and its machine add to the files' content: bits of the file's
 * type in the mode and the names of the machine's users (both of engine 20.10), and times after `epoch`, in seconds. The
 * length stays as it is. The same files give the same bytes on every engine.
 */
export class CanonicalLayer extends Transform {
  /** Sum of the sizes of the regular files, in bytes. */
  sizeBytes = 0;
  /** Bytes passed through. */
  length = 0;
  /** Whether anything had to be taken out. */
  changed = false;
  private readonly epoch: number;
  private header = Buffer.alloc(0);
  private content = 0;

  constructor(epoch: number) {
    super();
    this.epoch = epoch;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.length += chunk.length;
    for (let rest = chunk; rest.length > 0; ) {
      const taken = this.content > 0 ? this.content : BLOCK - this.header.length;
      const part = rest.subarray(0, taken);
      rest = rest.subarray(part.length);
      if (this.content > 0) {
        this.content -= part.length;
        this.push(part);
      } else {
        this.header = Buffer.concat([this.header, part]);
        if (this.header.length === BLOCK) this.finishHeader();
      }
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    this.push(this.header);
    done();
  }

  private finishHeader(): void {
    const block = this.header;
    this.header = Buffer.alloc(0);
    if (block[0] !== 0) {
      const size = numberIn(block, SIZE);
      const type = String.fromCharCode(block[TYPE] ?? 0);
      this.content = Math.ceil(size / BLOCK) * BLOCK;
      if ("0\u00007".includes(type)) this.sizeBytes += size;
      if (!"xgLK".includes(type)) this.changed = canonicalize(block, this.epoch) || this.changed;
    }
    this.push(block);
  }
}

function canonicalize(block: Buffer, epoch: number): boolean {
  const before = Buffer.from(block);
  writeOctal(block, MODE, numberIn(block, MODE) & 0o7777);
  writeOctal(block, MTIME, Math.min(numberIn(block, MTIME), epoch));
  block.fill(0, OWNERS[0], OWNERS[0] + OWNERS[1]);
  if (block.equals(before)) return false;

  block.fill(" ", CHECKSUM[0], CHECKSUM[0] + CHECKSUM[1]);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, CHECKSUM[0], "latin1");
  return true;
}

function numberIn(block: Buffer, [start, length]: readonly [number, number]): number {
  const field = block.subarray(start, start + length);
  // GNU's base-256 for numbers that octal digits cannot hold.
  if ((field[0] ?? 0) & 0x80) return field.subarray(1).reduce((value, byte) => value * 256 + byte, 0);
  return Number.parseInt(field.toString("latin1").replace(/\0.*$/, "").trim() || "0", 8);
}

function writeOctal(block: Buffer, [start, length]: readonly [number, number], value: number): void {
  block.write(`${value.toString(8).padStart(length - 1, "0")}\0`, start, "latin1");
}
